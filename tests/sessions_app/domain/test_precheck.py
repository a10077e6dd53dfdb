"""The pre-session check: what is asked, what each answer bars, what is never read."""

import inspect
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.catalogue import published_drugs
from sessions_app.domain import precheck, questions
from sessions_app.domain.places import Region
from sessions_app.domain.precheck import (
    NO,
    YES,
    Answer,
    Context,
    Fact,
    Finding,
    Level,
    Question,
    evaluate,
)
from sessions_app.domain.protocol import PathClass
from sessions_app.domain.questions import course_questions, visit_questions

TRAY = Context(
    paths=frozenset({PathClass.LIMB_TO_LIMB}),
    regions=frozenset({Region.PALM}),
    electrodes=frozenset({"tray"}),
    age=35,
    age_floor=6,
)
PAD = replace(
    TRAY,
    paths=frozenset({PathClass.LOCAL}),
    regions=frozenset({Region.ELBOW}),
    electrodes=frozenset({"pad"}),
    drugs=("dexamethasone sodium phosphate",),
    allergens=("dexamethasone", "sulphite"),
)
BATH = replace(
    TRAY,
    drugs=("glycopyrronium bromide",),
    conditions=frozenset({"H12"}),
)


def everything(context: Context) -> tuple[Question, ...]:
    return visit_questions(context) + course_questions(context)


def safe(asked: tuple[Question, ...], **other: str) -> dict[str, Answer]:
    """Every question answered so that nothing changed, but for `other`."""
    given_by_name = {one.name: Answer(one.safe) for one in asked}
    unknown = set(other) - set(given_by_name)
    assert not unknown, unknown
    for name, note in other.items():
        unsafe = next(one.unsafe for one in asked if one.name == name)
        given_by_name[name] = Answer(unsafe, note)
    return given_by_name


def found(context: Context, **other: str) -> list[Finding]:
    asked = everything(context)
    return evaluate(asked, safe(asked, **other), context)


def test_each_visit_asks_six_questions_and_each_has_an_answer_of_its_own() -> None:
    asked = visit_questions(TRAY)
    assert len(asked) == 6
    assert len({one.name for one in asked}) == 6


def test_no_key_pressed_six_times_answers_every_question_safely() -> None:
    safe_answers = [one.safe for one in visit_questions(TRAY)]
    assert {YES, NO} == set(safe_answers)
    assert safe_answers.count(YES) >= 2
    assert safe_answers.count(NO) >= 2


@pytest.mark.parametrize("context", [TRAY, PAD, BATH])
def test_safe_answers_find_nothing(context: Context) -> None:
    assert found(context) == []


def test_silence_is_no_answer() -> None:
    asked = visit_questions(TRAY)
    for one in asked:
        answers = safe(asked)
        del answers[one.name]
        assert precheck.unanswered(asked, answers) == [one.name]
        with pytest.raises(ValueError, match=one.name):
            evaluate(asked, answers, TRAY)


@pytest.mark.parametrize("word", ["", "maybe", "YES", "on"])
def test_any_other_word_is_no_answer(word: str) -> None:
    asked = visit_questions(TRAY)
    answers = safe(asked) | {"pregnant": Answer(word)}
    assert precheck.unanswered(asked, answers) == ["pregnant"]


def test_pregnancy_is_asked_unless_a_fact_rules_it_out() -> None:
    assert "pregnant" in {one.name for one in visit_questions(TRAY)}
    spared = replace(TRAY, facts=frozenset({Fact.PREGNANCY_RULED_OUT}))
    assert "pregnant" not in {one.name for one in visit_questions(spared)}
    for other in (Fact.IMPLANT, Fact.SENSATION):
        kept = replace(TRAY, facts=frozenset({other}))
        assert "pregnant" in {one.name for one in visit_questions(kept)}


def test_gender_is_in_nothing_that_the_check_reads() -> None:
    assert "gender" not in {one.name for one in fields(Context)}
    for module in (precheck, questions):
        code = inspect.getsource(module).replace(str(module.__doc__), "")
        assert "gender" not in code.casefold()


HARD = [
    (TRAY, "electrical", "H1", Level.HARD_NEVER),
    (TRAY, "pregnant", "H2", Level.HARD_NEVER),
    (PAD, "drug_allergy", "H4", Level.HARD),
    (PAD, "adhesive", "H4", Level.PREC),
    (TRAY, "skin_fit", "H5", Level.HARD),
    (PAD, "skin_fit", "H5", Level.HARD),
    (TRAY, "small_cuts", "H5", Level.PREC),
    (PAD, "small_cuts", "H5", Level.HARD),
    (TRAY, "metal_in_path", "H6", Level.HARD),
    (TRAY, "metal_elsewhere", "H6", Level.PREC),
    (TRAY, "heart", "H7", Level.HARD),
    (PAD, "heart", "H7", Level.HARD),
    (TRAY, "tumour", "H8", Level.HARD),
    (TRAY, "thrombosis", "H10", Level.HARD),
    (BATH, "glaucoma", "H12", Level.HARD),
    (BATH, "skin_infection", "H12", Level.HARD),
    (TRAY, "room_clear", "H14", Level.HARD),
    (PAD, "pads_in_date", "H15", Level.HARD),
    (TRAY, "healing", "P1", Level.PREC),
    (BATH, "drying_drug", "P2", Level.PREC),
    (TRAY, "covered", "P3", Level.PREC),
    (TRAY, "clean", "P4", Level.PREC),
    (TRAY, "reaction", "P6", Level.HOLD),
]


@pytest.mark.parametrize(
    ("context", "name", "code", "level"), HARD, ids=[f"{r[2]}-{r[1]}" for r in HARD]
)
def test_each_answer_has_its_code_and_level(
    context: Context, name: str, code: str, level: Level
) -> None:
    (finding,) = found(context, **{name: "as said"})
    assert (finding.code, finding.level) == (code, level)
    assert finding.text.endswith(": as said")
    assert finding.bars is (level is not Level.PREC)
    assert precheck.never([finding]) is (level is Level.HARD_NEVER)


@pytest.mark.parametrize(
    "path", [PathClass.LIMB_TO_LIMB, PathClass.AXILLA_TO_AXILLA, PathClass.LOCAL]
)
def test_electrical_devices_and_the_heart_bar_every_path(path: PathClass) -> None:
    context = replace(TRAY, paths=frozenset({path}))
    assert precheck.bars(found(context, electrical="ICD"))
    assert precheck.bars(found(context, heart="atrial fibrillation"))


def test_a_changed_answer_of_the_visit_alone_bars_nothing_but_is_seen() -> None:
    asked = visit_questions(TRAY)
    answers = safe(asked, implant="", health_same="")
    assert evaluate(asked, answers, TRAY) == []
    assert precheck.changed(asked, answers) == ["implant", "health_same"]


def test_every_unsafe_answer_of_the_list_needs_words() -> None:
    asked = course_questions(TRAY)
    answers = safe(asked, metal_elsewhere=" ", healing="insulin")
    assert precheck.unexplained(asked, answers) == ["metal_elsewhere"]


def test_an_implant_in_the_record_bars_for_good_whatever_is_said() -> None:
    context = replace(TRAY, facts=frozenset({Fact.IMPLANT}))
    (finding,) = found(context)
    assert (finding.code, finding.level) == ("H1", Level.HARD_NEVER)


@pytest.mark.parametrize("region", [Region.CHEST, Region.TEMPLE, Region.NECK_FRONT])
def test_no_electrode_lies_on_heart_temple_or_throat(region: Region) -> None:
    (finding,) = found(replace(TRAY, regions=frozenset({region, Region.PALM})))
    assert (finding.code, finding.level) == ("H3", Level.HARD_NEVER)
    assert region.label in finding.text


def test_a_path_that_nobody_may_use_is_never_overridden() -> None:
    (finding,) = found(replace(TRAY, paths=frozenset({None})))
    assert (finding.code, finding.level) == ("H3", Level.HARD_NEVER)


def test_places_that_are_not_recorded_are_asked() -> None:
    blank = replace(TRAY, regions=frozenset())
    assert "barred_place" in {one.name for one in course_questions(blank)}
    assert "barred_place" not in {one.name for one in course_questions(TRAY)}
    (finding,) = found(blank, barred_place="on the neck")
    assert (finding.code, finding.level) == ("H3", Level.HARD_NEVER)


def test_a_recorded_allergy_to_the_drug_or_what_is_in_the_vial_bars() -> None:
    for recorded in ("Dexamethasone", "sulphite (rash)"):
        (finding,) = found(replace(PAD, allergies=(recorded,)))
        assert (finding.code, finding.level) == ("H4", Level.HARD)
    for other in ("Penicillin", "Latex", "Sodium lauryl sulphate"):
        assert found(replace(PAD, allergies=(other,))) == []


@pytest.mark.parametrize(
    ("context", "hard"),
    [
        (replace(TRAY, regions=frozenset({Region.SOLE})), True),
        (replace(TRAY, regions=frozenset({Region.PALM})), False),
        (replace(TRAY, regions=frozenset()), True),
        (replace(PAD, paths=frozenset({PathClass.TRUNK})), True),
        (replace(PAD, paths=frozenset({PathClass.CAVITY})), True),
        (PAD, False),
    ],
)
def test_a_coil_bars_where_the_current_may_pass_the_pelvis(
    context: Context, hard: bool
) -> None:
    names = {one.name for one in course_questions(context)}
    assert ("metal_coil" in names) is hard
    if hard:
        (finding,) = found(context, metal_coil="copper")
        assert (finding.code, finding.level) == ("H6", Level.HARD)


def test_who_cannot_report_pain_is_weighed_by_a_prescriber_at_half_the_current() -> (
    None
):
    by_record = replace(TRAY, facts=frozenset({Fact.SENSATION}))
    for findings in (found(TRAY, reports_pain="neuropathy"), found(by_record)):
        (finding,) = findings
        assert (finding.code, finding.level) == ("H9", Level.PREC)
        assert finding.prescriber
        assert finding.bars
        assert precheck.halves(findings)
        assert not precheck.never(findings)


def test_who_cannot_report_pain_never_sets_the_current_alone() -> None:
    alone = replace(TRAY, self_set=True)
    by_record = replace(alone, facts=frozenset({Fact.SENSATION}))
    for findings in (found(alone, reports_pain="neuropathy"), found(by_record)):
        assert [one.level for one in findings] == [Level.HARD]


@pytest.mark.parametrize(("age", "barred"), [(5, True), (6, False), (90, False)])
def test_the_age_on_the_day_is_held_against_the_floor(age: int, barred: bool) -> None:
    codes = [one.code for one in found(replace(TRAY, age=age))]
    assert codes == (["H11"] if barred else [])


@pytest.mark.parametrize(
    ("days", "barred"),
    [(None, False), (0, False), (1, True), (6, True), (7, False)],
)
def test_a_bath_with_glycopyrronium_is_given_once_in_seven_days(
    days: int | None, barred: bool
) -> None:
    codes = [one.code for one in found(replace(BATH, days_since_drug=days))]
    assert codes == (["H12"] if barred else [])
    assert found(replace(TRAY, days_since_drug=days)) == []


def test_a_sweat_test_is_barred_in_oxygen_and_across_the_trunk() -> None:
    local = replace(PAD, sweat_test=True)
    assert [one.code for one in found(local, oxygen="tent")] == ["H13"]
    assert [one.code for one in found(replace(TRAY, sweat_test=True))] == ["H13"]
    assert found(local) == []


def test_a_calcium_salt_is_barred_in_arteriosclerosis() -> None:
    calcium = replace(PAD, conditions=frozenset({"P5"}))
    (finding,) = found(calcium, arteriosclerosis="known")
    assert (finding.code, finding.level) == ("P5", Level.HARD)


def test_whatever_bars_a_drug_of_the_catalogue_has_its_questions() -> None:
    codes = {code for one in published_drugs().values() for code in one.hard_conditions}
    assert codes
    assert codes <= set(questions.CONDITIONS)


CONTEXTS: Any = st.builds(
    Context,
    paths=st.frozensets(st.sampled_from([*PathClass, None]), min_size=1, max_size=2),
    regions=st.frozensets(st.sampled_from(list(Region)), max_size=3),
    electrodes=st.frozensets(st.sampled_from(["tray", "pad", "cup"]), min_size=1),
    age=st.integers(0, 100),
    age_floor=st.integers(5, 18),
    facts=st.frozensets(st.sampled_from(list(Fact))),
    drugs=st.lists(st.sampled_from(["calcium chloride", "lidocaine"])).map(tuple),
    conditions=st.frozensets(st.sampled_from(list(questions.CONDITIONS))),
    sweat_test=st.booleans(),
    days_since_drug=st.none() | st.integers(0, 30),
    self_set=st.booleans(),
)


@given(context=CONTEXTS)
def test_whatever_the_context_every_unsafe_answer_is_a_finding_or_a_change(
    context: Context,
) -> None:
    asked = everything(context)
    assert len({one.name for one in asked}) == len(asked)
    base = evaluate(asked, safe(asked), context)
    for one in asked:
        answers = safe(asked, **{one.name: "note"})
        more = evaluate(asked, answers, context)
        assert len(more) - len(base) == (0 if one.level is None else 1)
        assert precheck.changed(asked, answers) == [one.name]


@given(context=CONTEXTS)
def test_heart_implant_and_pregnancy_are_never_for_a_prescriber(
    context: Context,
) -> None:
    asked = everything(context)
    for one in asked:
        if one.code in {"H1", "H2", "H3"} and one.level is not None:
            assert one.level is Level.HARD_NEVER
    for finding in precheck.by_record(context):
        if finding.code in {"H1", "H3"}:
            assert finding.level is Level.HARD_NEVER
