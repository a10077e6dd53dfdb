"""Filters that never say whether another site's row exists."""

import django_filters as filters

from clinic.models import AuditEntry, Chair, Patient, Room


class RoomFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")

    class Meta:
        model = Room
        fields = ("site",)


class ChairFilter(filters.FilterSet):
    room = filters.UUIDFilter("room_id")
    site = filters.UUIDFilter("room__site_id")

    class Meta:
        model = Chair
        fields = ("room", "site")


class PatientFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    family_name = filters.CharFilter("family_name", "istartswith")

    class Meta:
        model = Patient
        fields = ("site", "family_name", "mrn", "born_on", "is_simulated")


class AuditFilter(filters.FilterSet):
    site = filters.UUIDFilter("site_id")
    staff = filters.UUIDFilter("staff_id")

    class Meta:
        model = AuditEntry
        fields = ("site", "staff", "action", "subject", "subject_id")
