"""Synthetic patients who walk through a ladder: what would it do to many?

Seeded and pure: chance comes from a number that mixes patient, day and question,
so that two ladders meet the same patients with the same luck on the same days.
The model of sweat and pain is made up to exercise every rule; it predicts nobody.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sessions_app.domain.course.current import (
    CurrentRule,
    LastRun,
    SetUp,
    Today,
    levels_of,
    window_of,
)
from sessions_app.domain.course.engine import Next, follow, next_step, rung_of
from sessions_app.domain.course.history import (
    ENDED,
    Advice,
    Baseline,
    Event,
    Followed,
    Harm,
    Kind,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.harm import Code
from sessions_app.domain.ledger import Caps, Given, cumulative, exposure, next_anode
from sessions_app.domain.protocol import ProtocolSpec

FIRST_DAY = dt.date(2026, 3, 2)
HORIZON_DAYS = 280
WHOLE = 1000
_PLACES = ("left", "right")
_MASK = (1 << 64) - 1


class Type(StrEnum):
    """How a patient answers; `NO_SHOW` answers well when there."""

    RESPONDER = "responder"
    PARTIAL = "partial"
    NON_RESPONDER = "non-responder"
    RELAPSER = "relapser"
    NO_SHOW = "no-show"


@dataclass(frozen=True, slots=True)
class Traits:
    """In permille: what a session takes off the sweat that is left, what returns of
    it in a day, visits missed. `gain` is in tenths of a pain point a session."""

    effect: int
    regrowth: int
    missed: int
    gain: int


TRAITS = {
    Type.RESPONDER: Traits(240, 5, 30, 8),
    Type.PARTIAL: Traits(80, 10, 60, 4),
    Type.NON_RESPONDER: Traits(12, 12, 60, 0),
    Type.RELAPSER: Traits(200, 20, 60, -12),
    Type.NO_SHOW: Traits(220, 6, 300, 6),
}


@dataclass(frozen=True, slots=True)
class Patient:
    """`tolerates_ua` at any run; `exposed` sessions of the drug before."""

    number: int
    type: Type
    chance: int
    sweat: int
    pain: int
    tolerates_ua: int
    exposed: int

    def luck(self, day: dt.date, question: int) -> int:
        """0 to 999, the same for the same day and question."""
        return _mixed(self.chance ^ (day.toordinal() << 8) ^ question) % WHOLE


def patients(count: int, seed: int) -> Iterator[Patient]:
    """So many patients, of the types in turn."""
    types = tuple(Type)
    for number in range(count):
        chance = _mixed((seed << 32) ^ number)
        yield Patient(
            number=number,
            type=types[number % len(types)],
            chance=chance,
            sweat=30_000 + chance % 60_000,
            pain=4 + chance // 7 % 5,
            tolerates_ua=4_000 + chance // 11 % 12 * 1_000,
            exposed=chance // 13 % 8 if chance % 5 == 0 else 0,
        )


def _mixed(value: int) -> int:
    """A number as good as random from any other (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


# What is asked of chance.
_SHOW, _COUNTS, _BURN, _DRY, _WEEKS_AWAY, _CALLED_OFF, _GOES_ON, _NOISE, _HARM = range(
    9
)


@dataclass(slots=True)
class Body:
    """Sweat in permille of the baseline, pain in tenths of a point, on a day."""

    patient: Patient
    day: dt.date
    level: int = WHOLE
    pain: int = 0

    def wait_until(self, day: dt.date) -> None:
        days = (day - self.day).days
        back = TRAITS[self.patient.type].regrowth * days
        self.level = min(WHOLE, self.level + back)
        self.day = day

    def treat(self) -> None:
        traits = TRAITS[self.patient.type]
        self.level -= self.level * traits.effect // WHOLE
        self.pain = min(100, max(0, self.pain - traits.gain))

    @property
    def score(self) -> int:
        return 1 + (self.level > 200) + (self.level > 450) + (self.level > 750)


@dataclass(slots=True)
class Walked:
    """A virtual course: what it came to."""

    patient: Patient
    sessions: int = 0
    counted: int = 0
    state: State = State.DRAFT
    rung: str = ""
    first: dt.date = FIRST_DAY
    last: dt.date = FIRST_DAY
    rungs: Counter[str] = field(default_factory=Counter)
    rules: Counter[Rule] = field(default_factory=Counter)
    currents: Counter[CurrentRule] = field(default_factory=Counter)
    given: list[Given] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    charge_nc: int = 0
    most_week_nc: int = 0
    exposed: int = 0
    last_run: LastRun | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days


def course_of(spec: LadderSpec, protocol: ProtocolSpec, patient: Patient) -> Walked:
    """One patient through one ladder, for forty weeks or to its end."""
    walk = _Walk(spec, protocol, patient)
    while walk.goes_on():
        walk.one_visit()
    return walk.done()


class _Walk:
    """The steps of one course; `today` only goes on."""

    def __init__(
        self, spec: LadderSpec, protocol: ProtocolSpec, patient: Patient
    ) -> None:
        self.spec, self.protocol, self.patient = spec, protocol, patient
        self.baseline = Baseline(
            score=4,
            sweat=patient.sweat,
            pain=patient.pain,
            exposed=patient.exposed if protocol.drugs else 0,
        )
        self.body = Body(patient, FIRST_DAY, pain=patient.pain * 10)
        self.found = Followed(Standing(), ())
        self.today = FIRST_DAY
        self.walked = Walked(patient)
        self.end = FIRST_DAY + dt.timedelta(days=HORIZON_DAYS)

    def goes_on(self) -> bool:
        return self.today < self.end and self.found.standing.state not in ENDED

    def done(self) -> Walked:
        standing = self.found.standing
        self.walked.rules.update(fired.rule for fired in self.found.fired)
        self.walked.state = standing.state
        self.walked.rung = rung_of(self.spec, standing)
        return self.walked

    def happened(self, event: Event) -> None:
        self.walked.events.append(event)
        self.found = follow(self.spec, self.baseline, self.found.standing, event)

    def one_visit(self) -> None:
        """Up to the next event, and what comes of it."""
        step = next_step(self.spec, self.baseline, self.found, self.today)
        for fired in step.fired:
            self.walked.rules[fired.rule] += 1
        if not step.treats or step.dates is None:
            self._waits(step)
            return
        day = step.dates.day
        if self._lucky(_WEEKS_AWAY, 12):
            day += dt.timedelta(days=7 + self.patient.luck(day, _GOES_ON) % 70)
        self.today = day
        self.body.wait_until(day)
        if self._lucky(_SHOW, TRAITS[self.patient.type].missed):
            self._misses(step)
        elif self._lucky(_CALLED_OFF, 20):
            self.happened(Event(day, Kind.CLOSED))
        else:
            self._comes(step)
        self.today += dt.timedelta(days=1)

    def _lucky(self, question: int, permille: int) -> bool:
        return self.patient.luck(self.today, question) < permille

    def _waits(self, step: Next) -> None:
        """Until a person has measured, resumed or ended."""
        self.today += dt.timedelta(days=7)
        self.body.wait_until(self.today)
        if step.state is State.EVALUATION:
            self.happened(self._result())
        elif step.state not in ENDED:
            goes_on = self._lucky(_GOES_ON, 900)
            kind = Kind.RESUME if goes_on else Kind.STOP
            self.happened(Event(self.today, kind, reason="decided by the prescriber"))
        else:
            self.happened(Event(self.today, Kind.STOP, reason="not begun"))

    def _result(self) -> Event:
        return Event(
            self.today,
            Kind.MEASURED,
            score=self.body.score,
            sweat=self.patient.sweat * self.body.level // WHOLE,
        )

    def _misses(self, step: Next) -> None:
        early = self.patient.luck(self.today, _CALLED_OFF) < 200
        kind = Kind.CANCELLED_LATE if early else Kind.NO_SHOW
        self.happened(Event(self.today, kind))
        if Advice.ASK_SCORE in step.advice:
            self.happened(self._result())

    def _comes(self, step: Next) -> None:
        counted = not self._lucky(_COUNTS, 30)
        self._run(step)
        if counted:
            self.body.treat()
        walked = self.walked
        walked.sessions += 1
        walked.counted += counted
        walked.last = self.today
        walked.rungs[step.rung] += 1
        self.happened(self._after(counted))
        if self._lucky(_NOISE, 4):
            held = Event(self.today, Kind.HOLD, reason="asked for by the patient")
            self.happened(held)

    def _after(self, counted: bool) -> Event:
        body, known = self.body, not self._lucky(_NOISE, 60)
        return Event(
            self.today,
            counted=counted,
            score=body.score if known else None,
            sweat=self.patient.sweat * body.level // WHOLE if known else None,
            wet_days=int(body.level > 400),
            dryness=2 if body.level < 120 and self._lucky(_DRY, 100) else 0,
            pain=body.pain // 10,
            harms=self._harms(),
        )

    def _harms(self) -> tuple[Harm, ...]:
        if self._lucky(_BURN, 3):
            return (Harm(Code.BRN, 2),)
        if self._lucky(_HARM, 10):
            return (Harm(Code.ERY, 2),)
        return (Harm(Code.ERY, 1),) if self._lucky(_HARM, 80) else ()

    def _run(self, step: Next) -> None:
        """The current of today, its charge, and what the ledgers make of it."""
        walked = self.walked
        currents = self.protocol.currents
        window = window_of(
            self.spec.current,
            levels_of(currents, currents.max_ua, "protocol"),
            walked.last_run,
            Today(self.today, _SET_UP, 2 if step.standing.eased else 0),
        )
        tolerated = max(
            window.start_ua, min(window.ceiling_ua, self.patient.tolerates_ua)
        )
        walked.currents[window.rule] += 1
        painful = 5 if self._lucky(_HARM, 80) else 1
        walked.last_run = LastRun(
            self.today,
            tolerated,
            _SET_UP,
            harm=int(self._lucky(_BURN, 3)),
            pain=painful,
            at_compliance=self._lucky(_DRY, 150),
        )
        self._book(tolerated * (self.protocol.course.flow_ms or 600_000))

    def _book(self, charge_nc: int) -> None:
        """What the ledgers make of a run; the last sessions tell who has the anode."""
        walked, drugs = self.walked, tuple(drug.code for drug in self.protocol.drugs)
        red, black = _PLACES
        lately = walked.given[-_RECENT:]
        if not drugs and next_anode(lately, _PLACES).place == black:
            red, black = black, red
        one = Given(
            str(walked.sessions),
            self.today,
            charge_nc,
            place=_PLACES[0],
            drugs=drugs,
            red_place=red,
            black_place=black,
            red_anode_nc=charge_nc,
        )
        walked.given.append(one)
        week = cumulative((*lately, one), _WEEK, day=self.today)[0]
        walked.most_week_nc = max(walked.most_week_nc, week.given_nc)
        walked.charge_nc += charge_nc
        if drugs:
            found = exposure(walked.given, drugs[0], place=_PLACES[0], day=self.today)
            walked.exposed = self.baseline.exposed + found.given


_RECENT = 7
_SET_UP = SetUp("here", "the same", "dc", "the same", "the same")
# A ledger tells a window that has a cap; this one never binds.
_WEEK = Caps(week_nc=1 << 62)
