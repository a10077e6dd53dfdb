"""What the API shows of sites, people and acts."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.models import (
    AuditEntry,
    Chair,
    Patient,
    Role,
    Room,
    Site,
    SiteMembership,
    Staff,
)
from clinic.permissions import ACTIONS


class SiteOut(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ("id", "name", "time_zone", "is_demo", "policy")


class RoomOut(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ("id", "site", "name")


class ChairOut(serializers.ModelSerializer[Chair]):
    site = serializers.UUIDField(source="room.site_id", read_only=True)

    class Meta:
        model = Chair
        fields = ("id", "site", "room", "name")


class MembershipOut(serializers.ModelSerializer[SiteMembership]):
    site_name = serializers.CharField(source="site.name", read_only=True)
    actions = serializers.SerializerMethodField(
        help_text="What this role may do at this site."
    )

    class Meta:
        model = SiteMembership
        fields = ("site", "site_name", "role", "actions")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_actions(self, row: SiteMembership) -> list[str]:
        role = Role(row.role)
        return sorted(action for action, roles in ACTIONS.items() if role in roles)


class MeOut(serializers.ModelSerializer[Staff]):
    memberships = MembershipOut(many=True, read_only=True)

    class Meta:
        model = Staff
        fields = ("id", "name", "email", "memberships")


class PatientOut(serializers.ModelSerializer[Patient]):
    allergies = serializers.ListField(
        child=serializers.JSONField(),
        allow_null=True,
        help_text="Null while not recorded; an empty list when none are known.",
    )
    contraindications = serializers.ListField(child=serializers.JSONField())

    class Meta:
        model = Patient
        fields = (
            "id",
            "site",
            "family_name",
            "given_name",
            "title",
            "preferred_name",
            "born_on",
            "gender",
            "mrn",
            "nhs_number",
            "allergies",
            "contraindications",
            "is_simulated",
            "merged_into",
        )


class AuditOut(serializers.ModelSerializer[AuditEntry]):
    data = serializers.DictField()

    class Meta:
        model = AuditEntry
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "at",
            "site",
            "staff",
            "process",
            "action",
            "subject",
            "subject_id",
            "data",
        )
