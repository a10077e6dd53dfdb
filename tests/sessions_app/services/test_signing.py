"""Nobody signs before each electrode was looked at and what is reused is clean."""

import pytest

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.models import AdverseEvent, SkinCheck, TreatmentSession
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.services.harm import Seen
from sessions_app.services.signing import session_sign
from tests.factories import make_world
from tests.sessions_app.harms import answers, of_text, sign, treated

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


def try_sign(place, visit, seen, **more):
    session = TreatmentSession.objects.get(pk=visit.session.pk)
    session_sign(
        session=session,
        by=more.pop("by", place.clinician),
        version=session.version,
        seen=seen,
        **more,
    )
    return session


def test_nothing_to_see_is_an_answer_for_each_electrode(place) -> None:
    visit, run = treated(place)
    sign(place, visit)
    rows = SkinCheck.objects.filter(leg__session=visit.session)
    assert [(row.lead, row.moment, row.findings, row.run) for row in rows] == [
        ("red", "after", [], run),
        ("black", "after", [], run),
    ]
    visit.session.refresh_from_db()
    assert visit.session.state == "completed"
    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize("missing", ["red", "black"])
def test_an_electrode_that_nobody_looked_at_is_named(place, missing) -> None:
    visit, _ = treated(place)
    seen = [one for one in answers() if not one.key.endswith(missing)]
    with pytest.raises(Refusal, match=f"skin under {missing.upper()}") as refused:
        try_sign(place, visit, seen)
    assert refused.value.extra["field"] == f"seen-1-{missing}"
    visit.session.refresh_from_db()
    assert visit.session.state == "to_sign"
    assert not SkinCheck.objects.exists()


def test_an_answer_for_another_electrode_is_refused(place) -> None:
    visit, _ = treated(place)
    with pytest.raises(Refusal, match="7-red"):
        try_sign(place, visit, [*answers(), Seen("7-red")])
    with pytest.raises(Refusal, match="one twice"):
        try_sign(place, visit, [*answers(), Seen("1-red")])


def test_a_code_stands_once_for_an_electrode(place) -> None:
    visit, _ = treated(place)
    twice = Seen("1-red", (of_text("ERY-1"), of_text("ERY-2")))
    with pytest.raises(Refusal, match="twice"):
        try_sign(place, visit, [twice, Seen("1-black")])


def test_a_reusable_electrode_is_cleaned_by_name(place) -> None:
    visit, _ = treated(place)
    (tray,) = reusable(electrodes_of(visit.session))
    with pytest.raises(Refusal, match="drained, disinfected, dried") as refused:
        try_sign(place, visit, answers())
    assert refused.value.extra["field"] == f"cleaned-{tray.pk}"
    session = try_sign(place, visit, answers(), cleaned={tray.pk})
    assert session.events.last().data["cleaned"] == [
        {"electrode": tray.name, "cycle": tray.decontamination}
    ]


def test_a_stale_page_signs_nothing(place) -> None:
    visit, _ = treated(place)
    session = visit.session
    with pytest.raises(Conflict, match="Reload"):
        session_sign(
            session=session,
            by=place.clinician,
            version=session.version - 1,
            seen=answers(),
            cleaned={kind.pk for kind in reusable(electrodes_of(session))},
        )
    assert not SkinCheck.objects.exists()


def test_who_may_not_sign_is_refused(place) -> None:
    visit, _ = treated(place)
    with pytest.raises(Forbidden):
        try_sign(place, visit, answers(), by=place.staff[Role.AUDITOR])


def test_what_was_seen_and_the_signature_are_one_transaction(
    place, monkeypatch
) -> None:
    visit, _ = treated(place)

    def fails(**_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("sessions_app.services.harm.incident_open", fails)
    with pytest.raises(RuntimeError):
        sign(place, visit, red="BRN-2")
    visit.session.refresh_from_db()
    assert visit.session.state == "to_sign"
    assert not SkinCheck.objects.exists()
    assert not AdverseEvent.objects.exists()
