"""Bodies and answers about skin and harm."""

from typing import Any

from rest_framework import serializers

from sessions_app.api.serializers import Body, VersionIn
from sessions_app.domain.harm import MAX_GRADE, Code
from sessions_app.models import AdverseEvent, Incident
from sessions_app.services.harm import Seen, finding_asked


class FindingIn(Body):
    code = serializers.ChoiceField([code.value for code in Code])
    grade = serializers.IntegerField(min_value=0, max_value=MAX_GRADE)


class SeenIn(Body):
    """What was seen under one electrode; no finding means nothing to see."""

    electrode = serializers.CharField(
        max_length=20, help_text="Order of the leg and lead, `1-red`."
    )
    findings = FindingIn(many=True, default=list)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


class SkinCheckIn(Body):
    seen = SeenIn(many=True)


class CallBackIn(SkinCheckIn):
    text = serializers.CharField(max_length=300, default="", allow_blank=True)


class SignIn(VersionIn):
    seen = SeenIn(many=True)
    cleaned = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        help_text="Reusable electrode types whose decontamination was done.",
    )
    skin_note = serializers.CharField(max_length=400, default="", allow_blank=True)


class AdverseEventIn(FindingIn):
    onset_at = serializers.DateTimeField()
    noticed = serializers.ChoiceField(AdverseEvent.Noticed.choices)
    leg = serializers.IntegerField(allow_null=True, default=None)
    lead = serializers.ChoiceField(["", "red", "black"], default="")
    text = serializers.CharField(max_length=600, default="", allow_blank=True)
    supersedes = serializers.UUIDField(allow_null=True, default=None)


class AdverseEventOut(serializers.ModelSerializer[AdverseEvent]):
    class Meta:
        model = AdverseEvent
        fields = (
            "id",
            "site",
            "patient",
            "session",
            "leg",
            "lead",
            "code",
            "grade",
            "onset_at",
            "noticed",
            "text",
            "by",
            "at",
            "supersedes",
        )


class IncidentOut(serializers.ModelSerializer[Incident]):
    class Meta:
        model = Incident
        fields = (
            "id",
            "site",
            "event",
            "prescription",
            "stimulator",
            "device_log",
            "device_log_sha256",
            "opened_by",
            "opened_at",
            "reportable",
            "decided_by",
            "decided_at",
            "decision",
        )


class DecisionIn(Body):
    reportable = serializers.BooleanField()
    decision = serializers.CharField(max_length=600, allow_blank=True)


def seen_from(rows: list[dict[str, Any]]) -> list[Seen]:
    """Answers of a body. Raises Refusal for a grade that a code does not have."""
    return [
        Seen(
            row["electrode"],
            tuple(finding_asked(one["code"], one["grade"]) for one in row["findings"]),
            row["note"],
        )
        for row in rows
    ]
