"""What the API shows of sites, people and acts."""

from collections.abc import Mapping
from typing import Any, ClassVar

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


class PatientFields(serializers.ModelSerializer[Patient]):
    """What a person enters of a patient; the service checks the rest."""

    allergies = serializers.ListField(
        child=serializers.CharField(max_length=120), allow_null=True, default=None
    )
    contraindications = serializers.ListField(
        child=serializers.CharField(max_length=120), default=list
    )

    class Meta:
        model = Patient
        fields: ClassVar[tuple[str, ...]] = (
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
        )
        # Theirs would ask for an MRN at sites that the asker may not see.
        validators: ClassVar[list[object]] = []


class PatientIn(PatientFields):
    site = serializers.UUIDField()
    is_simulated = serializers.BooleanField()

    class Meta(PatientFields.Meta):
        fields = (*PatientFields.Meta.fields, "site", "is_simulated")


class PatientSome(PatientFields):
    """Any of the details; those that are not sent are left alone."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class CorrectIn(serializers.Serializer[Mapping[str, Any]]):
    """`seen` has the same details as `changes`, as they stood when one looked."""

    seen = PatientSome()
    changes = PatientSome()


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
