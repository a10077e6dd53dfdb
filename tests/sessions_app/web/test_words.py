"""How plans, doses and events are said."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest

from devices.core.parts import Basis
from devices.core.run_lifecycle import EndReason, RunState
from sessions_app.domain.completeness import Verdict
from sessions_app.domain.limits import Layer
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import DoseRecord, Leg, PrescriptionLeg
from sessions_app.web import words
from sessions_app.web.at_chair import _levels
from sessions_app.web.dose_words import OUTCOMES, _split_rows, dose_bar
from sessions_app.web.events import _sentence
from sessions_app.web.facts import _LAYERS, lead_rows, limit_rows, programme_facts
from tests.factories import make_programme

MA_MIN = 60_000_000


@pytest.mark.parametrize(
    ("table", "states"),
    [
        (words.SESSION, SessionState),
        (words.RUN, RunState),
        (words.END, EndReason),
        (OUTCOMES, Verdict),
        (_LAYERS, Layer),
    ],
)
def test_every_state_has_its_word(table, states):
    assert set(table) == set(states)


def test_a_treating_session_is_said_by_its_run():
    session = SimpleNamespace(state=SessionState.TREATING)
    held = SimpleNamespace(state=RunState.HELD)
    assert words.state_of(session, held).label == "Held"
    assert words.next_of(session, held).label == "Open the console"
    uncertain = SimpleNamespace(state=RunState.UNCERTAIN)
    assert words.next_of(session, uncertain).label == "Make safe"


def limit(layer: str, value: int, text: str) -> dict[str, object]:
    return {"layer": layer, "value": value, "text": text, "soft": False}


PLAN = {
    "verdicts": [
        {
            "quantity": "age",
            "asked": 35,
            "limits": [limit("age", 6, "HH-PALM is for patients from 6 years")],
        },
        {
            "quantity": "current",
            "asked": 12_000,
            "limits": [
                limit("cathode", 9_600, "cathode 19.2 cm² × 0.5 mA/cm²"),
                limit("device", 30_000, "stimulator gives 30.0 mA"),
            ],
        },
    ]
}


def test_a_limit_says_asked_allowed_and_why():
    age, cathode, device = limit_rows(PLAN)
    assert (age["asked"], age["allowed"], age["ok"]) == ("35 years", "from 6", True)
    assert (cathode["asked"], cathode["allowed"]) == ("12.0 mA", "9.6 mA")
    assert cathode["because"] == "cathode 19.2 cm² × 0.5 mA/cm²"
    assert (cathode["ok"], cathode["tightest"]) == (False, True)
    assert (device["ok"], device["tightest"]) == (True, False)


def test_the_drug_stands_at_its_lead_and_pole():
    channel = SimpleNamespace(
        red_place="right biceps",
        red_electrode="Return pad",
        red_mm2=4_000,
        black_place="right elbow",
        black_electrode="Drug pad",
        black_mm2=1_330,
        red_drug="",
        black_drug="dexamethasone",
        drug_lead="black",
    )
    red, black = lead_rows(channel, make_programme())
    assert (red["pole"], red["drug"]) == ("anode (+)", "")
    assert (black["pole"], black["drug"]) == ("cathode (−)", "dexamethasone")
    turned = lead_rows(channel, make_programme(first_polarity=-1))
    assert turned[1]["pole"] == "anode (+)"


def test_a_programme_says_what_ends_it():
    by_time = dict(programme_facts(make_programme()))
    assert by_time["Ends at"] == "1:00 flow"
    assert by_time["Current"] == "2.0 mA to 8.0 mA, titrated"
    charged = replace(make_programme(basis=Basis.CHARGE), dose_nc=40 * MA_MIN)
    assert dict(programme_facts(charged))["Ends at"] == (
        "40.0 mA·min, at most 1:30 flow"
    )


def dose(evidence: str) -> DoseRecord:
    return DoseRecord(
        evidence=evidence,
        prescribed_nc=40 * MA_MIN,
        confirmed_nc=30 * MA_MIN,
        upper_nc=38 * MA_MIN,
    )


def test_a_measured_dose_is_drawn_full_and_any_other_hatched_at_its_bound():
    measured = dose_bar(dose("trace"))
    assert (measured["hatched"], measured["delivered"]) == (False, 30 * MA_MIN)
    for evidence in ("hand", "counter"):
        told = dose_bar(dose(evidence))
        assert (told["hatched"], told["delivered"]) == (True, 38 * MA_MIN)
        assert "at most, not measured" in told["text"]


def test_each_end_of_a_split_lead_has_an_estimate_and_the_whole_as_its_bound():
    split = PrescriptionLeg(split_places=["elbow", "forearm"])
    given = dose("trace")
    given.leg = Leg(prescribed=split)
    rows = _split_rows(given)
    assert [row["confirmed"] for row in rows] == ["15.00 mA·min"] * 2
    assert {row["upper"] for row in rows} == {"38.00 mA·min"}
    assert {row["evidence"] for row in rows} == {"Estimate, not measured"}


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("adjust_done", {"from_ua": 1000, "to_ua": 2000}, "Adjusted: 1.0 mA to 2.0 mA"),
        ("pain", {"score": 4}, "Pain: 4 of 10"),
        ("something_new", {}, "Something new"),
        ("ended", {"reason": "dose"}, "Output off: dose"),
    ],
)
def test_events_are_sentences(kind, data, text):
    event = SimpleNamespace(
        kind=kind, data=data, staff=None, at=dt.datetime.now(dt.UTC)
    )
    assert _sentence(event) == text


@pytest.mark.parametrize(
    ("highest", "lowest", "levels"),
    [(3_200, 0, [3_200, 2_200, 1_200, 200]), (0, 0, [0]), (2_000, 2_000, [2_000])],
)
def test_levels_to_resume_at_begin_with_the_highest_allowed(highest, lowest, levels):
    assert _levels(highest, lowest) == levels
