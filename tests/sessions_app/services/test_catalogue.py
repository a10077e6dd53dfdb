"""Publishing: a fresh install adopts nothing, and a change tells whom it touches."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from clinic.models import Role
from sessions_app.catalogue import published_entries
from sessions_app.domain.entry import Entry
from sessions_app.models import Prescription, Protocol, ProtocolAdoption, Task
from sessions_app.selectors.catalogue import touched_by
from sessions_app.services.catalogue import catalogue_load, changes, protocol_publish
from sessions_app.services.prescribing import prescription_stop
from tests.factories import World, make_patient, make_world
from tests.visits import adopted, make_order

pytestmark = pytest.mark.django_db
CODE = "HH-PALM"


@pytest.fixture
def world() -> World:
    return make_world()


def published() -> Entry:
    return published_entries()[CODE]


def changed(**figures) -> Entry:
    """The published entry with other figures."""
    old = published()
    return replace(old, figures={**old.figures, **figures})


def lowered() -> Entry:
    return changed(**{"currents.max_ua": 12_000, "currents.target_ua": 10_000})


def test_a_fresh_install_has_the_whole_catalogue_and_adopts_nothing() -> None:
    assert len(catalogue_load()) == 46
    assert Protocol.objects.count() == 46
    assert not ProtocolAdoption.objects.exists()


def test_an_unchanged_entry_keeps_its_version() -> None:
    first = protocol_publish(entry=published())
    assert protocol_publish(entry=published()) == first
    assert Protocol.objects.filter(code=CODE).count() == 1


def test_a_changed_entry_is_a_new_version_beside_the_old() -> None:
    first = protocol_publish(entry=published())
    second = protocol_publish(entry=lowered())
    assert (first.version, second.version) == (1, 2)
    assert Protocol.objects.get(version=1).entry == first.entry
    assert any(
        line.startswith("Highest current: 12 mA") for line in changes(first, second)
    )


def test_a_change_lists_the_active_prescriptions_that_it_touches(world) -> None:
    here = make_order(make_patient(world.here), world.here, CODE)
    stopped = make_order(make_patient(world.here), world.here, CODE)
    prescription_stop(prescription=stopped, by=world.here.prescriber, reason="moved")
    make_order(make_patient(world.here), world.here, CODE, signed=False)
    make_order(make_patient(world.here), world.here, "HH-PULSE")
    there = make_order(make_patient(world.other), world.other, CODE)
    newer = protocol_publish(entry=lowered())
    assert set(touched_by(newer)) == {here, there}
    assert list(touched_by(newer, [world.here.site.pk])) == [here]


def test_an_expired_or_replaced_prescription_is_not_touched(world) -> None:
    order = make_order(make_patient(world.here), world.here, CODE)
    newest = make_order(order.patient, world.here, CODE, replaces=order)
    newer = protocol_publish(entry=lowered())
    assert list(touched_by(newer)) == [newest]
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert newest.expires_on > tomorrow
    assert not touched_by(newer).filter(expires_on__lt=tomorrow).exists()


def test_each_site_that_adopted_it_gets_one_task_with_the_differences(world) -> None:
    make_order(make_patient(world.here), world.here, CODE)
    protocol_publish(entry=lowered())
    task = Task.objects.get()
    assert (task.site, task.kind) == (world.here.site, Task.Kind.CATALOGUE)
    assert task.for_role == Role.PRESCRIBER
    assert "HH-PALM v2 is published" in task.text
    assert "touches: 1" in task.text
    assert "Highest current: 12 mA" in task.text
    assert task.link.startswith(f"/protocols/{CODE}/?site={world.here.site.pk}")


def test_a_first_version_and_an_unadopted_one_make_no_task() -> None:
    protocol_publish(entry=published())
    protocol_publish(entry=lowered())
    assert not Task.objects.exists()


def test_a_long_list_of_differences_fits_the_task(world) -> None:
    adopted(world.here, CODE)
    entry = lowered()
    protocol_publish(
        entry=replace(
            entry,
            title="A long title. " * 11,
            body_sites=("both palms of both hands",) * 9,
        )
    )
    assert len(Task.objects.get().text) <= 300


def test_an_adoption_keeps_the_version_that_it_signed(world) -> None:
    order = make_order(make_patient(world.here), world.here, CODE)
    before = order.adoption.spec
    protocol_publish(entry=lowered())
    kept = Prescription.objects.get(pk=order.pk).adoption
    assert kept.in_force
    assert kept.protocol.version == 1
    assert kept.spec == before


def test_an_entry_of_an_earlier_form_says_so() -> None:
    old = Protocol.objects.create(code=CODE, title="old", entry={"currents": {}})
    new = protocol_publish(entry=published())
    assert new.version == 2
    assert "form of the entry changed" in changes(old, new)[0]
