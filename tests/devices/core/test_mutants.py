"""Planted faults in the safety core: each is caught by a named test.

A test that cannot fail is a defect. Each row changes one thing in one module
and names the test that must then fail, and that passes without the change.
"""

from typing import Any, NamedTuple

import pytest

from devices.core.reading import Phase
from tests.devices.core.mutation import mutated, run_check

CORE = "tests.devices.core.test_"
DOMAIN = "tests.sessions_app.domain.test_"


class Mutant(NamedTuple):
    module: str
    old: str
    new: str
    check: str
    arguments: tuple[Any, ...] = ()


MUTANTS = {
    "gap limit reached counts as gap": Mutant(
        "devices.core.charge",
        "end - start > max_gap_ms",
        "end - start >= max_gap_ms",
        f"{CORE}charge:test_a_pair_as_long_as_the_gap_limit_is_no_gap",
    ),
    "hold that only touches is left out": Mutant(
        "devices.core.charge",
        "max(start_ms, a) < min(end_ms, b)",
        "max(start_ms, a) <= min(end_ms, b)",
        f"{CORE}charge:test_a_pair_that_shares_any_length_with_a_hold_adds_nothing",
        ((10, 20), 1),
    ),
    "charge flows while held": Mutant(
        "devices.core.charge",
        "dt <= 0 or a.phase == Phase.HELD or b.phase",
        "dt <= 0 or b.phase",
        f"{CORE}charge:test_a_pair_that_touches_a_held_reading_adds_nothing",
    ),
    "missing measurement is zero": Mutant(
        "devices.core.charge",
        "if phase != Phase.HELD:",
        "if phase == Phase.HELD:",
        f"{CORE}charge:test_a_missing_measurement_is_a_gap_never_zero",
    ),
    "repeated reading counts twice": Mutant(
        "devices.core.charge",
        "edge.seq <= before[1].seq",
        "edge.seq < before[1].seq",
        f"{CORE}charge:test_a_repeated_number_is_told_and_adds_nothing",
    ),
    "unseen current is forgotten": Mutant(
        "devices.core.charge",
        "max(abs(a.ua), abs(b.ua), self.bound_ua)",
        "max(abs(a.ua), abs(b.ua))",
        f"{CORE}charge:test_an_unseen_stretch_counts_at_the_bound_current",
    ),
    "density equality fails": Mutant(
        "devices.core.electrics",
        "current_ua * 100 <= cathode_limit * cathode",
        "current_ua * 100 < cathode_limit * cathode",
        f"{CORE}electrics:test_density_on_the_limit_passes",
        (4_000, True),
    ),
    "anode is not looked at": Mutant(
        "devices.core.electrics",
        "current_ua * 100 <= anode_limit * anode\n        and ",
        "",
        f"{CORE}electrics:test_the_anode_governs_when_it_allows_less",
    ),
    "reversal keeps the anode limit": Mutant(
        "devices.core.electrics",
        "(min(anode_ua_cm2, cathode_ua_cm2),) * 2",
        "(max(anode_ua_cm2, cathode_ua_cm2),) * 2",
        f"{CORE}electrics:test_with_reversal_both_poles_take_the_smaller_limit",
    ),
    "ceiling can be passed": Mutant(
        "devices.core.adjust",
        "to_ua <= window.ceiling_ua",
        "to_ua <= window.ceiling_ua + 1",
        f"{CORE}adjust:test_the_ceiling_can_be_reached_but_not_passed",
    ),
    "stale page raises": Mutant(
        "devices.core.adjust",
        "if from_ua != now.level_ua:",
        "if from_ua > now.level_ua:",
        f"{CORE}adjust:test_a_raise_from_another_level_is_stale",
    ),
    "pain 4 does not hold": Mutant(
        "devices.core.adjust",
        "PAIN_HOLD = 4",
        "PAIN_HOLD = 5",
        f"{CORE}prompts:test_pain_of_4_holds",
        (4, "hold"),
    ),
    "pain 7 does not stop": Mutant(
        "devices.core.adjust",
        "PAIN_STOP = 7",
        "PAIN_STOP = 8",
        f"{CORE}prompts:test_pain_of_7_stops",
        (7, ["patient"]),
    ),
    "after pain less than 20 % lower": Mutant(
        "devices.core.adjust",
        "AFTER_PAIN_PERMILLE = 800",
        "AFTER_PAIN_PERMILLE = 801",
        f"{CORE}prompts:test_after_pain_a_resume_is_at_least_20_percent_lower",
    ),
    "urged a second late": Mutant(
        "devices.core.prompts",
        "URGE_MS = 60_000",
        "URGE_MS = 61_000",
        f"{CORE}prompts:test_a_question_is_said_then_urged_at_60_s_then_holds_at_120_s",
    ),
    "urged a moment early": Mutant(
        "devices.core.prompts",
        "URGE_MS = 60_000",
        "URGE_MS = 59_999",
        f"{CORE}prompts:test_a_question_is_said_then_urged_at_60_s_then_holds_at_120_s",
    ),
    "held a second late": Mutant(
        "devices.core.prompts",
        "HOLD_MS = 120_000",
        "HOLD_MS = 121_000",
        f"{CORE}prompts:test_a_question_is_said_then_urged_at_60_s_then_holds_at_120_s",
    ),
    "unanswered never holds": Mutant(
        "devices.core.watch_prompts",
        'voice.hold("unanswered", text)',
        "return",
        f"{CORE}prompts:test_over_thousands_of_runs_nothing_waits_past_its_limit",
    ),
    "a look is an answer to pain": Mutant(
        "devices.core.prompts",
        "answer.kind is prompt.kind and answer.order > asked.order",
        "answer.order > asked.order",
        f"{CORE}prompts:test_a_score_is_no_look_at_the_skin",
    ),
    "a later question is answered by an older score": Mutant(
        "devices.core.prompts",
        "answer.order > asked.order",
        "answer.order > 0",
        f"{CORE}prompts:test_a_score_after_the_question_answers_all_that_were_put",
    ),
    "waiting goes on through a hold": Mutant(
        "devices.core.prompts",
        "max(asked.at, story.flowing_since or asked.at)",
        "asked.at",
        f"{CORE}prompts:test_the_waiting_begins_anew_when_current_flows_again",
    ),
    "pain 4 still raises": Mutant(
        "devices.core.adjust",
        "now.pain >= PAIN_HOLD",
        "now.pain > PAIN_HOLD",
        f"{CORE}adjust:test_no_raise_after_pain_until_a_lower_score",
        (4, "pain"),
    ),
    "dwell is a millisecond short": Mutant(
        "devices.core.adjust",
        "now.t_ms - now.raised_at_ms >= dwell:",
        "now.t_ms - now.raised_at_ms >= dwell - 1:",
        f"{CORE}adjust:test_a_raise_waits_for_the_dwell",
        (4_999, "dwell"),
    ),
    "step is not looked at": Mutant(
        "devices.core.adjust",
        "if step > window.max_step_up_ua:",
        "if step > window.ceiling_ua:",
        f"{CORE}adjust:test_a_raise_over_the_step_is_refused",
        (501, "step"),
    ),
    "raise in a ramp": Mutant(
        "devices.core.adjust",
        "if now.phase is not Phase.PLATEAU:",
        "if now.phase is Phase.HELD:",
        f"{CORE}adjust:test_no_raise_outside_the_plateau",
        (Phase.RAMP_UP,),
    ),
    "resume at full level after pain": Mutant(
        "devices.core.adjust",
        "if hurt else last_ua",
        "if not hurt else last_ua",
        f"{CORE}adjust:test_resume_after_pain_is_a_fifth_lower",
        (1_601, False),
    ),
    "negative current has no envelope": Mutant(
        "devices.core.watch_output",
        "self._weigh_mean(abs(mean), voice)",
        "self._weigh_mean(mean, voice)",
        f"{CORE}judge:test_one_reading_over_the_envelope_stops",
        ("mean_ua", -4_251, "OVER_CURRENT"),
    ),
    "envelope equality trips": Mutant(
        "devices.core.watch_output",
        "if mean_ua > self._mean_ua:",
        "if mean_ua >= self._mean_ua:",
        f"{CORE}judge:test_a_reading_on_the_envelope_passes",
    ),
    "voltage control trusts the device": Mutant(
        "devices.core.watch_output",
        "ceiling if self._voltage else",
        "ceiling if not self._voltage else",
        f"{CORE}judge:test_a_voltage_controlled_device_is_judged_by_the_ceiling_itself",
    ),
    "stuck output is only told": Mutant(
        "devices.core.watch_output",
        "over_ms >= STUCK_MS",
        "over_ms >= 10 * STUCK_MS",
        f"{CORE}judge:test_overshoot_is_told_and_a_stuck_output_stopped",
    ),
    "lead-off without an end": Mutant(
        "devices.core.watch_contact",
        "self.lead_offs > self.max_lead_offs",
        "self.lead_offs < self.max_lead_offs",
        f"{CORE}judge:test_the_fourth_lead_off_ends_the_run",
    ),
    "hold without an end": Mutant(
        "devices.core.watch_hold",
        "held_ms > self._limits.max_hold_ms",
        "held_ms > 2 * self._limits.max_hold_ms",
        f"{CORE}judge:test_a_hold_over_its_time_ends_the_run",
    ),
    "self-resume is taken for a sent one": Mutant(
        "devices.core.watch_hold",
        "self.self_resumes >= MAX_SELF_RESUMES",
        "self.self_resumes > MAX_SELF_RESUMES",
        f"{CORE}judge:test_a_device_that_resumes_by_itself_is_told_and_stopped_after_two",
    ),
    "pain 7 only holds": Mutant(
        "devices.core.judge",
        "if score >= PAIN_STOP:",
        "if score > PAIN_STOP:",
        f"{CORE}judge:test_pain_holds_from_four_and_stops_from_seven",
        (7, [], ["patient"]),
    ),
    "charge may pass its limit": Mutant(
        "devices.core.judge",
        "if charge.confirmed_nc > limit:",
        "if charge.confirmed_nc > 2 * limit:",
        f"{CORE}judge:test_charge_over_the_envelope_stops",
    ),
    "old readings are not judged": Mutant(
        "devices.core.judge",
        "self._envelope.weigh(reading, self._voice)\n",
        "pass\n",
        f"{CORE}judge:test_a_late_reading_over_the_envelope_still_stops",
    ),
    "uncertain run goes on": Mutant(
        "devices.core.run_lifecycle",
        "_S.UNCERTAIN: frozenset({_S.ENDED})",
        "_S.UNCERTAIN: frozenset({_S.ENDED, _S.RUNNING})",
        f"{CORE}run_lifecycle:test_an_uncertain_run_only_ends",
    ),
    "uncertain is not live": Mutant(
        "devices.core.run_lifecycle",
        "LIVE = frozenset(RunState) - TERMINAL",
        "LIVE = frozenset(RunState) - TERMINAL - {_S.UNCERTAIN}",
        f"{CORE}run_lifecycle:test_live_is_all_that_is_not_final_uncertain_included",
    ),
    "running run is cancelled": Mutant(
        "devices.core.run_lifecycle",
        "_S.RUNNING: frozenset({_S.HELD,",
        "_S.RUNNING: frozenset({_S.CANCELLED, _S.HELD,",
        f"{CORE}run_lifecycle:test_once_current_may_have_flowed_a_run_is_never_cancelled",
    ),
    "slow stop ramp": Mutant(
        "devices.core.validation",
        "MAX_STOP_RAMP_MS = 3_000",
        "MAX_STOP_RAMP_MS = 3_001",
        f"{CORE}validation:test_a_stop_ramp_takes_three_seconds_at_most",
    ),
    "end ramp comes on top of the dose": Mutant(
        "devices.core.programme",
        "now.charge2 + ramp2 >= 2 * programme.dose_nc",
        "now.charge2 >= 2 * programme.dose_nc",
        f"{CORE}programme:test_charge_curve_ends_at_the_dose_ramps_included",
    ),
    "hard limit is overridden": Mutant(
        "sessions_app.domain.planning",
        "if limit.soft and overrides",
        "if overrides",
        f"{DOMAIN}planning:test_a_hard_limit_yields_to_no_reason",
    ),
    "asking the limit is refused": Mutant(
        "sessions_app.domain.limits",
        "self.asked > limit.value",
        "self.asked >= limit.value",
        f"{DOMAIN}limits:test_equality_passes_and_one_microampere_more_does_not",
    ),
    "loosest layer is named": Mutant(
        "sessions_app.domain.layers",
        "key=lambda one: one.value",
        "key=lambda one: -one.value",
        f"{DOMAIN}limits:test_a_refusal_reads_as_its_arithmetic",
    ),
    "a drug has no ceiling of its own": Mutant(
        "sessions_app.domain.layers",
        "    yield from _drug_limits(about)\n",
        "",
        f"{DOMAIN}limits:test_a_drug_has_a_ceiling_of_its_own_that_nobody_overrides",
    ),
    "a child gets the ceiling of a drug for adults": Mutant(
        "sessions_app.domain.layers",
        "drug.child_max_ua is not None and about.age < adult",
        "drug.child_max_ua is not None and about.age > adult",
        f"{DOMAIN}limits:test_a_child_is_held_to_the_lower_ceiling_of_the_drug",
    ),
    "one session more than a drug may have": Mutant(
        "sessions_app.domain.layers",
        "Verdict(Quantity.SESSIONS, given + 1, ",
        "Verdict(Quantity.SESSIONS, given, ",
        f"{DOMAIN}limits:test_a_drug_is_given_so_often_at_a_place_and_no_oftener",
    ),
    "only the leading drug is looked at": Mutant(
        "sessions_app.domain.pads",
        "    for drug in about.spec.drugs:\n        found",
        "    for drug in about.spec.drugs[:1]:\n        found",
        f"{DOMAIN}pads:test_each_drug_under_the_wrong_pole_is_told",
    ),
    "a path across the heart passes": Mutant(
        "sessions_app.domain.pads",
        "    if path.kind is None:\n",
        "    if path.kind is not None:\n",
        f"{DOMAIN}pads:test_a_path_that_nobody_may_use_is_refused_whatever_the_protocol",
    ),
    "a small electrode passes": Mutant(
        "sessions_app.domain.pads",
        "electrode.area_mm2 < least_mm2",
        "electrode.area_mm2 < least_mm2 // 2",
        f"{DOMAIN}pads:test_a_small_electrode_is_told_with_its_numbers",
    ),
    "two hands are one limb": Mutant(
        "sessions_app.domain.places",
        "if first is not second or not same_side:",
        "if first is not second:",
        f"{DOMAIN}places:test_hand_to_hand_and_axilla_to_axilla_are_the_main_therapy",
    ),
    "a temple is told as any other place": Mutant(
        "sessions_app.domain.places",
        "for region in (a, b) if region in _NEVER",
        "for region in (a,) if region in _NEVER",
        f"{DOMAIN}places:test_nothing_lies_on_heart_temple_or_carotid",
    ),
    "a second drug rides on the first one's pad": Mutant(
        "sessions_app.domain.pads",
        "about.spec.drugs if drug.pole is pole",
        "about.spec.drugs if drug.pole is not pole",
        f"{DOMAIN}pads:test_opposite_signs_lie_on_the_two_pads",
    ),
    "the step of a session is left out": Mutant(
        "sessions_app.domain.planning",
        "return spec_at(capped, number), ()",
        "return capped, ()",
        f"{DOMAIN}planning:test_a_growing_current_is_planned_at_its_session",
        (1, None, 6_000, 360_000),
    ),
    "a swap found later changes nothing": Mutant(
        "sessions_app.domain.dosimetry",
        "            anode, cathode = cathode, anode\n",
        "            pass\n",
        f"{DOMAIN}dosimetry:test_a_swap_found_later_scores_every_drug_again",
        ([(10, 40)], 0, 60_000),
    ),
    "a meter is believed between two readings": Mutant(
        "sessions_app.domain.estimates",
        "bound += max(a.current_ua, b.current_ua) * span",
        "bound += min(a.current_ua, b.current_ua) * span",
        f"{DOMAIN}estimates:test_between_two_readings_the_bound_is_the_larger_one_all_the_way",
    ),
    "a meter is believed after the last reading": Mutant(
        "sessions_app.domain.estimates",
        "bound += max(current, ceiling_ua) * span",
        "bound += current * span",
        f"{DOMAIN}estimates:test_after_the_last_reading_the_ceiling_of_the_order_counts",
    ),
    "the rest of a dose is the whole of it": Mutant(
        "sessions_app.domain.continuation",
        "course.dose_nc - done.upper_nc",
        "course.dose_nc",
        f"{DOMAIN}continuation:test_the_rest_of_a_dose_counts_from_the_upper_bound",
    ),
    "harm does not end a treatment": Mutant(
        "sessions_app.domain.continuation",
        "    if done.harmed:\n",
        "    if not done:\n",
        f"{DOMAIN}continuation:test_harm_ends_a_treatment_for_good",
    ),
    "a week has six days": Mutant(
        "sessions_app.domain.ledger",
        "WEEK_DAYS = 7",
        "WEEK_DAYS = 6",
        f"{DOMAIN}ledger:test_each_window_with_a_cap_is_counted",
    ),
    "wrong pole earns credit": Mutant(
        "sessions_app.domain.poles",
        "Pole.ANODE if self is IonSign.CATION else",
        "Pole.ANODE if self is IonSign.ANION else",
        f"{DOMAIN}dosimetry:test_a_cation_earns_under_the_anode_an_anion_under_the_cathode",
    ),
}


def check(mutant: Mutant) -> None:
    module, _, test = mutant.check.partition(":")
    run_check(module, test, mutant.arguments)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_fault_is_caught(name: str) -> None:
    mutant = MUTANTS[name]
    check(mutant)
    with (
        mutated(mutant.module, mutant.old, mutant.new),
        pytest.raises((AssertionError, pytest.fail.Exception, ValueError)),
    ):
        check(mutant)
    check(mutant)


def test_a_change_that_finds_no_place_is_no_mutant() -> None:
    with pytest.raises(LookupError), mutated("devices.core.adjust", "no such", ""):
        pass
