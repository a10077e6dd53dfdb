"""Filters that never say whether another site's row exists."""

import django_filters as filters

from devices.models import Run, Stimulator
from devices.models.run import LIVE_STATES


class StimulatorFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    room = filters.UUIDFilter("room_id")
    quarantined = filters.BooleanFilter("quarantined_at", "isnull", exclude=True)

    class Meta:
        model = Stimulator
        fields = ("site", "room", "label", "serial", "is_simulated")


class RunFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    patient = filters.UUIDFilter("patient_id")
    stimulator = filters.UUIDFilter("stimulator_id")
    live = filters.BooleanFilter(method="filter_live", label="Not terminal")

    class Meta:
        model = Run
        fields = ("site", "patient", "stimulator", "state", "end_reason")

    def filter_live(self, runs, name, value):  # type: ignore[no-untyped-def]
        live = {"state__in": LIVE_STATES}
        return runs.filter(**live) if value else runs.exclude(**live)
