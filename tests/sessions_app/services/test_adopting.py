"""Nothing is treated by that a prescriber has not signed, figure by figure."""

import threading
from dataclasses import replace

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from sessions_app.catalogue import published_entries
from sessions_app.domain.adoption import Entered
from sessions_app.domain.entry import Entry, open_fields
from sessions_app.domain.protocol import PathClass
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.selectors.catalogue import adoptions_in_force
from sessions_app.services.adopting import (
    adoption_second,
    adoption_withdraw,
    protocol_adopt,
)
from sessions_app.services.catalogue import protocol_publish
from sessions_app.services.scheduling import session_schedule
from tests.devices.services.test_races import race
from tests.factories import Place, World, make_patient, make_staff, make_world
from tests.visits import adopted, make_order, values_for

SOURCE = "Site protocol 12, page 3"


@pytest.fixture
def place(db: None) -> Place:
    return make_world().here


def published(code: str = "HH-PALM") -> Protocol:
    return protocol_publish(entry=published_entries()[code])


def through_the_head() -> Protocol:
    """A protocol that two prescribers answer for."""
    old = published_entries()["HH-PALM"]
    figures = {**old.figures, "path": PathClass.HEAD.value}
    return protocol_publish(entry=replace(old, code="HH-HEAD", figures=figures))


def adopt(place: Place, protocol: Protocol, **more) -> ProtocolAdoption:
    plain = {"site": place.site, "protocol": protocol, "by": place.prescriber}
    return protocol_adopt(**{**plain, **more})


def refused(place: Place, protocol: Protocol, **more) -> Refusal:
    with pytest.raises(Refusal) as caught:
        adopt(place, protocol, **more)
    assert not ProtocolAdoption.objects.filter(protocol=protocol).exists()
    return caught.value


def test_a_sourced_protocol_is_adopted_with_one_signature(place) -> None:
    adoption = adopt(place, published())
    assert adoption.in_force
    assert list(adoptions_in_force(site=place.site)) == [adoption]
    assert AuditEntry.objects.filter(action="protocol.adopt").count() == 1


def test_a_locked_protocol_names_each_field_that_is_open(place) -> None:
    protocol = published("LE-DEX40")
    refusal = refused(place, protocol)
    assert refusal.code == "open_fields"
    named = {one["field"]: one for one in refusal.extra["fields"]}
    for one in open_fields(Entry.from_dict(protocol.entry)):
        told = named.pop(one.field)
        assert (told["label"], told["unit"]) == (one.label, one.unit)
        assert told["why"] == one.why
        assert "enter it" in told["text"]
        assert one.label in refusal.text
    assert named == {}


@pytest.mark.parametrize("source", ["", "   "])
def test_an_entered_value_without_a_source_is_refused(place, source) -> None:
    values = values_for("LE-DEX40")
    values["ages.floor"] = Entered(18, source)
    refusal = refused(place, published("LE-DEX40"), entered=values)
    assert [one["field"] for one in refusal.extra["fields"]] == ["ages.floor"]
    assert "source" in refusal.text


def test_one_open_field_left_out_keeps_it_locked(place) -> None:
    entry = published_entries()["LE-DEX40"]
    for field in [one.field for one in open_fields(entry)]:
        values = values_for("LE-DEX40")
        del values[field]
        fields = refused(place, published("LE-DEX40"), entered=values).extra["fields"]
        assert [one["field"] for one in fields] == [field]


def test_an_unlocked_protocol_is_what_was_entered_with_its_sources(place) -> None:
    values = {
        **values_for("LE-DEX40"),
        "ages.floor": Entered(17, SOURCE),
    }
    adoption = adopt(place, published("LE-DEX40"), entered=values)
    assert adoption.spec["ages"]["floor"] == 17
    assert adoption.entered["ages.floor"] == {"value": 17, "source": SOURCE}
    assert set(adoption.entered) == set(values)


def test_a_current_that_no_stimulator_may_give_is_refused(place) -> None:
    values = {**values_for("LE-DEX40"), "currents.max_ua": Entered(80_001, SOURCE)}
    refusal = refused(place, published("LE-DEX40"), entered=values)
    assert [one["field"] for one in refusal.extra["fields"]] == ["currents.max_ua"]
    assert "80.001 mA is above the 80.0 mA" in refusal.text


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("PATCH-DEX", "record_only"),
        ("OOS-FENT", "never_adopted"),
        ("DENT-CARIES", "never_adopted"),
    ],
)
def test_what_is_not_treated_is_never_adopted(place, code, says) -> None:
    refusal = refused(place, published(code))
    assert refusal.code == says
    assert published_entries()[code].reason in refusal.text


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PRESCRIBER}))
def test_only_a_prescriber_of_the_site_adopts(place, role) -> None:
    with pytest.raises(Forbidden):
        adopt(place, published(), by=place.staff[role])


def test_a_prescriber_of_another_site_adopts_nothing_here(db) -> None:
    world = make_world()
    with pytest.raises(Forbidden):
        adopt(world.here, published(), by=world.other.prescriber)
    adopt(world.here, published())
    assert not adoptions_in_force(site=world.other.site).exists()


@pytest.mark.parametrize(
    ("demo_site", "claimed", "is_demo"),
    [(True, False, True), (True, True, True), (False, True, True), (False,) * 3],
)
def test_a_demo_site_says_demo_and_cannot_leave_it_out(
    place, demo_site, claimed, is_demo
) -> None:
    place.site.is_demo = demo_site
    place.site.save()
    assert adopt(place, published(), is_demo=claimed).is_demo is is_demo


def test_a_demo_adoption_is_for_simulated_patients_only(place) -> None:
    adoption = adopt(place, published(), is_demo=True)
    real = make_patient(place, is_simulated=False)
    with pytest.raises(Refusal) as refusal:
        make_order(real, place, "HH-PALM", adoption=adoption)
    assert refusal.value.code == "demo_adoption"


def test_a_restricted_path_with_one_signature_is_not_in_force(place) -> None:
    adoption = adopt(place, through_the_head(), source=SOURCE)
    assert adoption.needs_second
    assert not adoption.in_force
    assert not adoptions_in_force(site=place.site).exists()
    with pytest.raises(Refusal) as refusal:
        make_order(make_patient(place), place, "HH-HEAD", adoption=adoption)
    assert refusal.value.code == "not_adopted"


@pytest.mark.parametrize("source", ["", "  "])
def test_a_restricted_path_needs_the_written_source_of_the_site(place, source) -> None:
    assert refused(place, through_the_head(), source=source).code == "no_source"


def test_a_restricted_path_needs_a_second_prescriber_who_is_another(place) -> None:
    adoption = adopt(place, through_the_head(), source=SOURCE)
    with pytest.raises(Conflict) as same:
        adoption_second(adoption=adoption, by=place.prescriber)
    assert same.value.code == "same_prescriber"
    with pytest.raises(Forbidden):
        adoption_second(adoption=adoption, by=place.clinician)
    other = make_staff(place.site, Role.PRESCRIBER)
    assert adoption_second(adoption=adoption, by=other).in_force
    assert AuditEntry.objects.get(action="protocol.second").staff == other
    with pytest.raises(Conflict):
        adoption_second(adoption=adoption, by=make_staff(place.site, Role.PRESCRIBER))


def test_a_second_signature_where_none_is_needed_is_refused(place) -> None:
    adoption = adopt(place, published())
    with pytest.raises(Conflict) as refusal:
        adoption_second(adoption=adoption, by=make_staff(place.site, Role.PRESCRIBER))
    assert refusal.value.code == "no_second"


def test_a_withdrawn_adoption_takes_no_second_signature(place) -> None:
    adoption = adopt(place, through_the_head(), source=SOURCE)
    adoption_withdraw(adoption=adoption, by=place.prescriber, reason="wrong source")
    with pytest.raises(Conflict) as refusal:
        adoption_second(adoption=adoption, by=make_staff(place.site, Role.PRESCRIBER))
    assert refusal.value.code == "not_waiting"


def test_a_withdrawal_needs_a_reason_and_happens_once(place) -> None:
    adoption = adopt(place, published())
    for reason in (" ", "x" * 301):
        with pytest.raises(Refusal):
            adoption_withdraw(adoption=adoption, by=place.prescriber, reason=reason)
    assert ProtocolAdoption.objects.get(pk=adoption.pk).in_force
    adoption_withdraw(adoption=adoption, by=place.prescriber, reason=" burns ")
    assert not adoption.in_force
    assert adoption.withdraw_reason == "burns"
    with pytest.raises(Conflict):
        adoption_withdraw(adoption=adoption, by=place.prescriber, reason="again")


def test_what_was_withdrawn_is_not_scheduled_but_stays_signed(place) -> None:
    order = make_order(make_patient(place), place, "HH-PALM")
    adoption_withdraw(adoption=order.adoption, by=place.prescriber, reason="burns")
    order.refresh_from_db()
    assert order.signed_at is not None
    with pytest.raises(Refusal) as refusal:
        session_schedule(
            prescription=order, due_on=order.expires_on, by=place.clinician
        )
    assert refusal.value.code == "not_adopted"


def test_it_may_be_adopted_again_after_a_withdrawal(place) -> None:
    first = adopt(place, published())
    adoption_withdraw(adoption=first, by=place.prescriber, reason="other values")
    assert adopt(place, published()).in_force


def test_a_newer_version_takes_the_place_of_the_older(place) -> None:
    old = adopt(place, published())
    order = make_order(make_patient(place), place, "HH-PALM", adoption=old)
    entry = published_entries()["HH-PALM"]
    newer = protocol_publish(entry=replace(entry, title="Palms, newly written"))
    new = adopt(place, newer)
    old.refresh_from_db()
    assert list(adoptions_in_force(site=place.site)) == [new]
    assert old.withdraw_reason == "HH-PALM v2 adopted in its place"
    order.refresh_from_db()
    assert order.adoption == old
    assert order.adoption.spec["title"] != newer.title


def test_an_older_version_is_not_adopted_any_more(place) -> None:
    old = published()
    entry = published_entries()["HH-PALM"]
    protocol_publish(entry=replace(entry, title="Palms, newly written"))
    refusal = refused(place, old)
    assert (refusal.status, refusal.code) == (409, "newer_version")


def test_it_is_adopted_once(place) -> None:
    adopted(place, "HH-PALM")
    with pytest.raises(Conflict) as refusal:
        adopt(place, published())
    assert refusal.value.code == "adopted"


@pytest.mark.parametrize("constrained", [False, True])
def test_of_racing_adopters_one_signs(live_db, constrained: bool) -> None:
    """The control looks before it inserts, outside of what the constraint covers."""
    world: World = make_world()
    site = world.here.site
    signers = [make_staff(site, Role.PRESCRIBER) for _ in range(4)]
    protocol = published()
    looked = threading.Barrier(4)

    def unguarded(number: int) -> bool:
        standing = ProtocolAdoption.objects.filter(
            site=site, protocol=protocol, second_at__isnull=True
        )
        free = not standing.exists()
        looked.wait()
        ProtocolAdoption.objects.create(
            site=site,
            protocol=protocol,
            spec={},
            adopted_by=signers[number],
            withdrawn_at=timezone.now(),
        )
        return free

    def guarded(number: int) -> bool:
        protocol_adopt(site=site, protocol=protocol, by=signers[number])
        return True

    said = race(guarded if constrained else unguarded)
    assert said == (["adopted"] * 3 + ["won"] if constrained else ["won"] * 4)
    assert ProtocolAdoption.objects.count() == (1 if constrained else 4)
