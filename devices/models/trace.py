from typing import ClassVar

from django.db import models

from clinic.models.protection import append_only
from devices.models.run import Run


class TraceChunk(models.Model):
    """Some seconds of samples while a run lives; packed by `core.trace_codec`."""

    pk = models.CompositePrimaryKey("run", "first_seq")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    first_seq = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    payload = models.BinaryField()

    class Meta:
        ordering: ClassVar[list[str]] = ["first_seq"]

    def __str__(self) -> str:
        return f"{self.run_id} from {self.first_seq}"


class RunLive(models.Model):
    """The newest figures of a run, for screens; written about once a second.

    `have_seq` is the last sample that is safely stored. Currents are signed
    as measured; a missing reading is null.
    """

    run = models.OneToOneField(
        Run, primary_key=True, on_delete=models.CASCADE, related_name="live"
    )
    at = models.DateTimeField(null=True)
    data_at = models.DateTimeField(null=True)
    have_seq = models.PositiveIntegerField(default=0)
    phase = models.PositiveSmallIntegerField(null=True)
    t_ms = models.PositiveBigIntegerField(default=0)
    flow_ms = models.PositiveBigIntegerField(default=0)
    set_ua = models.IntegerField(default=0)
    level_ua = models.PositiveIntegerField(default=0)
    mean_ua = models.IntegerField(null=True)
    ohm = models.PositiveIntegerField(null=True)
    confirmed_nc = models.BigIntegerField(default=0)
    upper_nc = models.BigIntegerField(default=0)
    device_counter_nc = models.BigIntegerField(default=0)
    alarms = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"live {self.run_id}"


class Trace(models.Model):
    """The sealed samples of an ended run, and what they add up to."""

    run = models.OneToOneField(
        Run, primary_key=True, on_delete=models.PROTECT, related_name="trace"
    )
    codec = models.CharField(max_length=20)
    count = models.PositiveIntegerField()
    first_seq = models.PositiveIntegerField(null=True)
    last_seq = models.PositiveIntegerField(null=True)
    gaps = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    blob = models.BinaryField()
    positive_nc = models.BigIntegerField()
    negative_nc = models.BigIntegerField()
    confirmed_nc = models.BigIntegerField()
    upper_nc = models.BigIntegerField()
    flow_ms = models.PositiveBigIntegerField()
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers: ClassVar[list[object]] = [append_only()]

    def __str__(self) -> str:
        return f"trace {self.run_id}"
