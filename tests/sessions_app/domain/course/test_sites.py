"""Several places: each on its own rung, the visit their union, the worst first."""

from sessions_app.domain.course.engine import Next
from sessions_app.domain.course.history import Kind, Standing
from sessions_app.domain.course.sites import visit_of, worst_first
from tests.sessions_app.domain.course.scene import (
    STEP,
    changed,
    event,
    from_standing,
    inducing,
    on,
    on_rung,
)


def standing(place: Standing) -> Next:
    return from_standing(STEP, place, today=0)


PALM = standing(on_rung(2, score=1))
SOLE = standing(inducing(3, score=4))
AXILLA = standing(inducing(3, score=None))
HELD = from_standing(STEP, on_rung(2, score=3), event(0, Kind.HOLD, reason="burn"))


def test_the_worst_place_comes_first_and_an_unknown_one_last() -> None:
    steps = {"palm": PALM, "axilla": AXILLA, "sole": SOLE, "back": SOLE}
    assert worst_first(steps) == ("back", "sole", "palm", "axilla")


def test_the_visit_is_that_of_the_place_that_is_due_first() -> None:
    visit = visit_of({"palm": PALM, "sole": SOLE})
    assert (visit.day, visit.places) == (on(2), ("sole",))
    assert visit.later == (("palm", on(7)),)


def test_a_place_that_may_come_a_day_early_joins() -> None:
    tapering = standing(on_rung(1, score=2))
    visit = visit_of({"palm": tapering, "sole": SOLE})
    assert (visit.day, visit.places, visit.later) == (on(2), ("sole", "palm"), ())


def test_a_place_that_waits_for_a_person_is_left_out() -> None:
    visit = visit_of({"palm": HELD, "sole": SOLE})
    assert (visit.places, visit.later) == (("sole",), (("palm", None),))
    nobody = visit_of({"palm": HELD})
    assert (nobody.day, nobody.places) == (None, ())
    assert nobody.later == (("palm", None),)
    assert visit_of({}).day is None


def test_a_place_whose_week_is_full_does_not_join() -> None:
    spec = changed(STEP, "visits", per_week=3, early_days=6)
    recent = (on(-2), on(-1), on(0))
    full = from_standing(spec, inducing(3, recent=recent), today=0)
    due = from_standing(spec, inducing(3), today=0)
    visit = visit_of({"palm": full, "sole": due})
    assert (visit.day, visit.places) == (on(2), ("sole",))
    assert visit.later == (("palm", on(5)),)
