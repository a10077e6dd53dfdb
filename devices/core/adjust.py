"""Whether the plateau may move: one decision for server, supervisor and device."""

from dataclasses import dataclass
from typing import NamedTuple

from clinic.quantities import ma_exact_text
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.reading import Phase

PAIN_HOLD = 4
PAIN_STOP = 7
AFTER_PAIN_PERMILLE = 800


@dataclass(frozen=True, slots=True)
class Titration:
    """Where the titration of a run stands. Currents are magnitudes.

    `level_ua` is the plateau last agreed, `set_ua` what is set this moment,
    `raised_at_ms` the therapy time at which the last raise reached its level.
    """

    phase: Phase
    level_ua: int
    set_ua: int
    t_ms: int
    raised_at_ms: int | None = None
    pain: int | None = None


class Decision(NamedTuple):
    """`code` is empty when allowed, else one word for machines; `why` for people."""

    allowed: bool
    code: str = ""
    why: str = ""


_YES = Decision(True)
_LOWERABLE = (Phase.RAMP_UP, Phase.PLATEAU, Phase.REVERSING)


def adjust_allowed(
    programme: Programme, now: Titration, from_ua: int, to_ua: int
) -> Decision:
    """Whether the plateau may move from `from_ua` to `to_ua` (magnitudes)."""
    window = programme.window
    if from_ua != now.level_ua:
        return _no(
            "stale",
            f"The current is {ma_exact_text(now.level_ua)}, not"
            f" {ma_exact_text(from_ua)}: look again, then repeat.",
        )
    if window.fixed:
        return _no("fixed", f"The current is fixed at {ma_exact_text(from_ua)}.")
    if not window.lowest_ua <= to_ua <= window.ceiling_ua:
        return _no(
            "window",
            f"{ma_exact_text(to_ua)} is outside {ma_exact_text(window.lowest_ua)} to"
            f" {ma_exact_text(window.ceiling_ua)}, which the prescription allows.",
        )
    if to_ua > from_ua:
        return _raise_allowed(programme, now, to_ua)
    if now.phase not in _LOWERABLE:
        return _no("phase", f"Nothing to lower while {now.phase.name.lower()}.")
    return _YES


def _raise_allowed(programme: Programme, now: Titration, to_ua: int) -> Decision:
    window = programme.window
    if now.phase is not Phase.PLATEAU:
        return _no("phase", f"No raise while {now.phase.name.lower()}: wait.")
    if now.pain is not None and now.pain >= PAIN_HOLD:
        return _no(
            "pain",
            f"Pain {now.pain} of 10: no raise before a score below {PAIN_HOLD}.",
        )
    step = to_ua - now.level_ua
    if step > window.max_step_up_ua:
        return _no(
            "step",
            f"A step of {ma_exact_text(step)} is over"
            f" {ma_exact_text(window.max_step_up_ua)}: raise in smaller steps.",
        )
    return _dwell_allowed(programme, now)


def _dwell_allowed(programme: Programme, now: Titration) -> Decision:
    dwell = programme.window.min_dwell_ms
    if now.set_ua < now.level_ua:
        return _no("dwell", "The last raise has not reached its level yet: wait.")
    if now.raised_at_ms is None or now.t_ms - now.raised_at_ms >= dwell:
        return _YES
    left = dwell - (now.t_ms - now.raised_at_ms)
    return _no("dwell", f"{left} ms of {dwell} ms are left since the last raise: wait.")


def resume_allowed(
    profile: Profile, last_ua: int, level_ua: int, pain: int | None
) -> Decision:
    """Whether a held run may go on at `level_ua`.

    `last_ua` is the last tolerated plateau, `pain` the worst score since it.
    """
    if not profile.resume_allowed:
        return _no("profile", "This stimulator cannot resume: end, then continue anew.")
    hurt = pain is not None and pain >= PAIN_HOLD
    most = last_ua * AFTER_PAIN_PERMILLE // 1000 if hurt else last_ua
    if 0 <= level_ua <= most:
        return _YES
    after = f" after pain {pain} of 10" if hurt else ""
    return _no(
        "level",
        f"{ma_exact_text(level_ua)} is over {ma_exact_text(most)}, the most allowed"
        f"{after}: resume at that or lower.",
    )


def _no(code: str, why: str) -> Decision:
    return Decision(False, code, why)
