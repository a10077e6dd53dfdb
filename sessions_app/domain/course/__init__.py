"""Courses: what is proposed next for one place, and why.

Pure: no clock, no database. `engine.propose` is the next step, `current` the
current of today, `timing` the next visit by the clock, `sites` the visit of
several places; `replay` gives any of them again from its inputs.
"""

from sessions_app.domain.course.current import propose_current
from sessions_app.domain.course.engine import propose
from sessions_app.domain.course.history import Baseline, Event, Harm, History, Kind
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.proposal import Proposal
from sessions_app.domain.course.replay import replay
from sessions_app.domain.course.timing import propose_time

__all__ = [
    "Baseline",
    "Event",
    "Harm",
    "History",
    "Kind",
    "LadderSpec",
    "Proposal",
    "propose",
    "propose_current",
    "propose_time",
    "replay",
]
