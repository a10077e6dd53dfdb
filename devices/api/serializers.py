"""What the API shows and takes of stimulators and runs."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from devices.models import Run, RunChannel, RunCommand, RunEvent, Stimulator
from devices.services.titration import TINGLING


class StimulatorOut(serializers.ModelSerializer[Stimulator]):
    """Without its chair code: who knows the code has read it off the label."""

    place = serializers.CharField(read_only=True)
    profile = serializers.DictField()

    class Meta:
        model = Stimulator
        fields = (
            "id",
            "site",
            "room",
            "chair",
            "place",
            "label",
            "serial",
            "driver",
            "profile",
            "is_simulated",
            "quarantined_at",
            "quarantine_reason",
        )


class ChannelOut(serializers.ModelSerializer[RunChannel]):
    class Meta:
        model = RunChannel
        exclude = ("id", "run")


class RunRow(serializers.ModelSerializer[Run]):
    is_live = serializers.BooleanField(read_only=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "site",
            "patient",
            "stimulator",
            "is_simulated",
            "state",
            "is_live",
            "version",
            "end_reason",
            "created_at",
            "started_at",
            "ended_at",
        )


class RunOut(RunRow):
    channels = ChannelOut(many=True, read_only=True)
    programme = serializers.DictField()

    class Meta(RunRow.Meta):
        fields = (
            *RunRow.Meta.fields,
            "responsible",
            "programme",
            "programme_hash",
            "read_back_hash",
            "channels",
            "expires_at",
            "start_by",
            "start_requested_at",
            "start_valid_until",
            "kickoff_sent_at",
            "stop_requested_at",
            "stop_cause",
            "uncertain_at",
            "made_safe_at",
            "made_safe_by",
            "reject_reason",
            "device_counter_nc",
            "device_last_seq",
            "settled_by",
            "settled_reason",
            "settled_charge_nc",
            "closed_at",
        )


class EventOut(serializers.ModelSerializer[RunEvent]):
    data = serializers.DictField()

    class Meta:
        model = RunEvent
        fields = (
            "id",
            "at",
            "kind",
            "from_state",
            "to_state",
            "t_ms",
            "staff",
            "data",
        )


class CommandOut(serializers.ModelSerializer[RunCommand]):
    """A press and what became of it; `answer` is the stimulator's."""

    data = serializers.DictField()
    answer = serializers.DictField()

    class Meta:
        model = RunCommand
        fields = (
            "id",
            "run",
            "kind",
            "data",
            "asked_by",
            "asked_at",
            "valid_until",
            "state",
            "answer",
        )


class LiveOut(serializers.Serializer[Mapping[str, Any]]):
    """The newest figures of a run; a missing reading is null, never 0."""

    run = serializers.UUIDField()
    state = serializers.CharField()
    made_safe = serializers.BooleanField()
    at = serializers.DateTimeField(allow_null=True)
    data_at = serializers.DateTimeField(
        allow_null=True, help_text="When the newest sample came."
    )
    phase = serializers.IntegerField(allow_null=True)
    t_ms = serializers.IntegerField()
    flow_ms = serializers.IntegerField()
    set_ua = serializers.IntegerField()
    level_ua = serializers.IntegerField()
    mean_ua = serializers.IntegerField(allow_null=True)
    ohm = serializers.IntegerField(allow_null=True)
    charge_nc = serializers.IntegerField(help_text="60,000,000 nC are 1 mA·min.")
    alarms = serializers.ListField(child=serializers.DictField())
    allowed_ua = serializers.IntegerField()
    expected_nc = serializers.IntegerField()
    left_ms = serializers.IntegerField()


@extend_schema_field(
    serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        help_text="t_ms, set_ua, mean_ua, ohm; nulls break the line.",
    )
)
class PointField(serializers.ListField):
    """One point of a chart."""


class ChartOut(serializers.Serializer[Mapping[str, Any]]):
    points = serializers.ListField(child=PointField())
    allowed_ua = serializers.IntegerField()
    gap_ms = serializers.IntegerField(
        help_text="No line joins two points that are this far apart."
    )


class SamplesOut(serializers.Serializer[Mapping[str, Any]]):
    run = serializers.UUIDField()
    is_simulated = serializers.BooleanField()
    columns = serializers.ListField(child=serializers.CharField())
    samples = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(allow_null=True))
    )


class AdjustIn(serializers.Serializer[Mapping[str, Any]]):
    """`from_ua` is the level that the asker sees: on another level it is stale."""

    from_ua = serializers.IntegerField(min_value=0)
    to_ua = serializers.IntegerField(min_value=0)
    patient_agrees = serializers.BooleanField(
        default=False, help_text="A raise needs the patient's yes."
    )


class ResumeIn(serializers.Serializer[Mapping[str, Any]]):
    level_ua = serializers.IntegerField(min_value=0)
    chair_code = serializers.CharField(allow_blank=True)
    red_inspected = serializers.BooleanField()
    black_inspected = serializers.BooleanField()


class PainIn(serializers.Serializer[Mapping[str, Any]]):
    score = serializers.IntegerField(help_text="0 (none) to 10 (worst).")


class PainOut(serializers.Serializer[Mapping[str, Any]]):
    follows = serializers.ChoiceField(["noted", "hold", "stop"])


class TinglingIn(serializers.Serializer[Mapping[str, Any]]):
    tingling = serializers.ChoiceField(list(TINGLING))


class ServiceIn(serializers.Serializer[Mapping[str, Any]]):
    reason = serializers.CharField(max_length=200, allow_blank=True)


class StopOut(serializers.Serializer[Mapping[str, Any]]):
    """`is_off`: the stimulator says that no current flows in this run.

    `is_sent` without `is_off`: it has the stop and ramps down. Neither: press the
    button on the stimulator; the stop is repeated each second meanwhile.
    """

    is_off = serializers.BooleanField()
    is_sent = serializers.BooleanField()
    detail = serializers.CharField()


class MadeSafeIn(serializers.Serializer[Mapping[str, Any]]):
    """What a named person at the chair states."""

    output_off = serializers.BooleanField()
    electrodes_off = serializers.BooleanField()


class SettleIn(serializers.Serializer[Mapping[str, Any]]):
    charge_nc = serializers.IntegerField(min_value=0)
    reason = serializers.CharField(
        max_length=300, help_text="How the charge is known.", allow_blank=True
    )


class BucketsIn(serializers.Serializer[Mapping[str, Any]]):
    buckets = serializers.IntegerField(min_value=1, max_value=5000, default=600)
