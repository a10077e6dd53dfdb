"""What the API shows and takes of protocols, prescriptions, sessions, doses."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devices.core.reading import MAX_UA
from sessions_app.domain.entry import open_fields, status
from sessions_app.domain.places import Region
from sessions_app.models import (
    ElectrodeType,
    Leg,
    LegRun,
    Prescription,
    PrescriptionLeg,
    Protocol,
    ProtocolAdoption,
    TreatmentSession,
)
from sessions_app.selectors.catalogue import entry_of

Body = serializers.Serializer[Mapping[str, Any]]
REGIONS = [(region.value, region.label) for region in Region]
BLANK: dict[str, Any] = {"allow_blank": True}
MAX_MM2 = 500_000


class ElectrodeTypeOut(serializers.ModelSerializer[ElectrodeType]):
    class Meta:
        model = ElectrodeType
        fields = (
            "id",
            "name",
            "kind",
            "area_mm2",
            "anode_limit_ua_cm2",
            "cathode_limit_ua_cm2",
            "rating_nc",
            "source",
        )


class OpenFieldOut(Body):
    """A field that an adoption must enter, with the source relied on.

    Numbers are stored ones: the shown number × `scale`.
    """

    field = serializers.CharField(help_text="The key in `entered` of an adoption.")
    label = serializers.CharField()
    why = serializers.CharField()
    safety = serializers.BooleanField()
    unit = serializers.CharField()
    scale = serializers.IntegerField()
    published = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())


class ProtocolOut(serializers.ModelSerializer[Protocol]):
    """`status` is empty for a version of an earlier form: nobody adopts it now."""

    entry = serializers.DictField(help_text="Every number, and where it comes from.")
    status = serializers.SerializerMethodField()
    open_fields = serializers.SerializerMethodField()

    class Meta:
        model = Protocol
        fields = ("id", "code", "version", "title", "status", "open_fields", "entry")

    def get_status(self, row: Protocol) -> str:
        entry = entry_of(row)
        return "" if entry is None else str(status(entry))

    @extend_schema_field(OpenFieldOut(many=True))
    def get_open_fields(self, row: Protocol) -> list[dict[str, Any]]:
        entry = entry_of(row)
        return [] if entry is None else [asdict(one) for one in open_fields(entry)]


class AdoptionOut(serializers.ModelSerializer[ProtocolAdoption]):
    protocol_code = serializers.CharField(source="protocol.code", read_only=True)
    protocol_version = serializers.IntegerField(
        source="protocol.version", read_only=True
    )
    in_force = serializers.BooleanField(read_only=True)
    entered = serializers.DictField(read_only=True)

    class Meta:
        model = ProtocolAdoption
        fields = (
            "id",
            "site",
            "protocol",
            "protocol_code",
            "protocol_version",
            "adopted_by",
            "adopted_at",
            "needs_second",
            "second_by",
            "second_at",
            "in_force",
            "source",
            "entered",
            "withdrawn_at",
            "withdraw_reason",
            "is_demo",
        )


class EnteredIn(Body):
    value = serializers.JSONField(
        help_text="A stored number, a word, or drugs as `[{code, concentration}]`."
    )
    source = serializers.CharField(max_length=400)


class AdoptIn(Body):
    site = serializers.UUIDField()
    entered = serializers.DictField(child=EnteredIn(), default=dict)
    source = serializers.CharField(
        max_length=400,
        default="",
        allow_blank=True,
        help_text="The site's written source; a restricted path needs it.",
    )


class PrescriptionLegOut(serializers.ModelSerializer[PrescriptionLeg]):
    class Meta:
        model = PrescriptionLeg
        exclude = ("id", "prescription")


class PrescriptionRow(serializers.ModelSerializer[Prescription]):
    protocol_code = serializers.CharField(
        source="adoption.protocol.code", read_only=True
    )
    is_simulated = serializers.BooleanField(
        source="patient.is_simulated", read_only=True
    )

    class Meta:
        model = Prescription
        fields = (
            "id",
            "number",
            "version",
            "site",
            "patient",
            "is_simulated",
            "adoption",
            "protocol_code",
            "indication",
            "diagnosis",
            "sessions_planned",
            "max_ua",
            "overrides",
            "stimulator_profile",
            "notes",
            "written_by",
            "written_at",
            "signed_by",
            "signed_at",
            "signature",
            "expires_on",
            "stopped_at",
            "stop_reason",
            "replaces",
        )


class PrescriptionOut(PrescriptionRow):
    legs = PrescriptionLegOut(many=True, read_only=True)

    class Meta(PrescriptionRow.Meta):
        fields = (*PrescriptionRow.Meta.fields, "legs")


class PrescriptionLegIn(Body):
    """Where the two electrodes lie. `body_site` and `side` name the treated place
    as people say it; without them they follow from the regions."""

    body_site = serializers.CharField(max_length=60, default="", **BLANK)
    side = serializers.CharField(max_length=10, default="", **BLANK)
    active_place = serializers.CharField(max_length=80)
    active_electrode = serializers.PrimaryKeyRelatedField(
        queryset=ElectrodeType.objects.all()
    )
    return_place = serializers.CharField(max_length=80)
    return_electrode = serializers.PrimaryKeyRelatedField(
        queryset=ElectrodeType.objects.all()
    )
    active_region = serializers.ChoiceField(REGIONS)
    active_side = serializers.ChoiceField(["left", "right"], default="", **BLANK)
    return_region = serializers.ChoiceField(REGIONS)
    return_side = serializers.ChoiceField(["left", "right"], default="", **BLANK)
    drug_pole = serializers.ChoiceField(["anode", "cathode"], default="", **BLANK)
    wetted_mm2 = serializers.IntegerField(
        min_value=1, max_value=MAX_MM2, allow_null=True, default=None
    )
    tooth = serializers.CharField(max_length=2, default="", allow_blank=True)
    split_places = serializers.ListField(
        child=serializers.CharField(max_length=60), default=list, max_length=4
    )


class PrescriptionIn(Body):
    patient = serializers.UUIDField()
    adoption = serializers.IntegerField()
    indication = serializers.CharField(max_length=120)
    sessions_planned = serializers.IntegerField(min_value=1, max_value=200)
    max_ua = serializers.IntegerField(
        min_value=1, max_value=MAX_UA, allow_null=True, default=None
    )
    expires_on = serializers.DateField()
    diagnosis = serializers.CharField(max_length=12, default="", **BLANK)
    notes = serializers.CharField(max_length=400, default="", **BLANK)
    overrides = serializers.DictField(
        child=serializers.CharField(max_length=200),
        default=dict,
        help_text="The reason for each soft limit that is overridden, by its layer.",
    )
    stimulator = serializers.UUIDField(
        allow_null=True,
        default=None,
        help_text="One of the kind that it is written for; any when left out.",
    )
    replaces = serializers.UUIDField(allow_null=True, default=None)
    legs = PrescriptionLegIn(many=True, allow_empty=False)


class WeighedOut(Body):
    """Every limit of an order that was not written: what refuses it, and why."""

    allowed = serializers.BooleanField()
    faults = serializers.ListField(child=serializers.DictField())
    legs = serializers.ListField(
        child=serializers.DictField(), help_text="Verdicts and checks, leg by leg."
    )


class ReasonIn(Body):
    reason = serializers.CharField(max_length=200, allow_blank=True)


class LegRunOut(serializers.ModelSerializer[LegRun]):
    """A run of a leg, with the limits and the picture of the leads as planned."""

    state = serializers.CharField(source="run.state", read_only=True)
    run_version = serializers.IntegerField(source="run.version", read_only=True)
    plan = serializers.DictField()

    class Meta:
        model = LegRun
        fields = ("run", "run_version", "ordinal", "state", "plan")


class LegOut(serializers.ModelSerializer[Leg]):
    prescribed = PrescriptionLegOut(read_only=True)
    leg_runs = LegRunOut(many=True, read_only=True)

    class Meta:
        model = Leg
        fields = ("id", "order", "prescribed", "leg_runs")


class SessionRow(serializers.ModelSerializer[TreatmentSession]):
    class Meta:
        model = TreatmentSession
        fields = (
            "id",
            "site",
            "patient",
            "prescription",
            "number",
            "due_on",
            "due_at",
            "is_simulated",
            "state",
            "version",
            "not_treated_reason",
            "signed_by",
            "signed_at",
            "skin_note",
        )


class SessionOut(SessionRow):
    legs = LegOut(many=True, read_only=True)

    class Meta(SessionRow.Meta):
        fields = (*SessionRow.Meta.fields, "legs")


class ScheduleIn(Body):
    prescription = serializers.UUIDField()
    due_on = serializers.DateField()
    due_at = serializers.TimeField(allow_null=True, default=None)


class VersionIn(Body):
    version = serializers.IntegerField(
        min_value=1, help_text="The version that the asker has seen; stale is 409."
    )


class SendIn(VersionIn):
    stimulator = serializers.UUIDField()
    leg = serializers.IntegerField(
        allow_null=True, default=None, help_text="The first leg when left out."
    )
    drug_lots = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        help_text="One lot for each drug of the protocol.",
    )
    active_lot = serializers.UUIDField(allow_null=True, default=None)
    return_lot = serializers.UUIDField(allow_null=True, default=None)
    turned = serializers.BooleanField(
        default=False, help_text="Red on the return place; only without a drug."
    )


class PrepareIn(SendIn):
    """`ceiling_ua` ends the current of today elsewhere than proposed, with why."""

    ceiling_ua = serializers.IntegerField(
        min_value=1, max_value=MAX_UA, allow_null=True, default=None
    )
    ceiling_reason = serializers.CharField(max_length=200, default="", **BLANK)


class StartIn(Body):
    """Each confirmation is an act of its own; the chair code proves presence."""

    run = serializers.UUIDField()
    version = serializers.IntegerField(
        min_value=1, help_text="The run's version that the asker has seen."
    )
    identity = serializers.BooleanField()
    electrodes = serializers.BooleanField()
    chair_code = serializers.CharField(allow_blank=True)
    drug_pad = serializers.BooleanField(
        default=False, help_text="Looked at the drug pad: lead, place, pole."
    )
    return_pad = serializers.BooleanField(
        default=False, help_text="Looked at the return pad."
    )
    second_email = serializers.CharField(default="", allow_blank=True)
    second_password = serializers.CharField(
        default="", allow_blank=True, trim_whitespace=False
    )
