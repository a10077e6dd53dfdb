"""Visits of a protocol that has ultrasound after its current."""

from typing import Any

from sessions_app.models import ProtocolAdoption
from tests.factories import Place
from tests.sessions_app.harms import treated
from tests.visits import Visit

STEP = {
    "name": "ultrasound",
    "says": "After each session.",
    "mw_cm2": 800,
    "khz": 1000,
    "duty_permille": None,
    "minutes": 5,
}
GIVEN = {"mw_cm2": 800, "khz": 1000, "duty_permille": 1000, "minutes": 5}


def with_sound(place: Place, monkeypatch: Any, **change: Any) -> Visit:
    """A treated visit; its protocol has ultrasound as long as the test lasts."""
    plain = ProtocolAdoption.from_db.__func__

    def loaded(cls: Any, *args: Any, **more: Any) -> ProtocolAdoption:
        row = plain(cls, *args, **more)
        if "spec" in row.__dict__:
            row.spec = {**row.spec, "adjuncts": [{**STEP, **change}]}
        return row

    visit, _ = treated(place)
    monkeypatch.setattr(ProtocolAdoption, "from_db", classmethod(loaded))
    visit.session.prescription.refresh_from_db()
    visit.session.__class__.objects.get(pk=visit.session.pk)
    visit.session.prescription.adoption.spec["adjuncts"] = [{**STEP, **change}]
    return visit
