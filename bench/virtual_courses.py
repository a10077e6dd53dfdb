"""Virtual courses through engine and ledgers against bare copies of a standing.

    python -m bench.virtual_courses [--patients 10000] [--ladder FILE]

No stores, no Django: `simulate_course` does the same and prints what came of it.
The reference is `dataclasses.replace` of a standing, of which every event of a
course makes a few; it runs before and after each protocol, and its mean counts. Time
is computing time, so that other work on the machine does not count.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.scene import report
from sessions_app.catalogue import simulated_adoptions
from sessions_app.catalogue.ladders import ladder_for
from sessions_app.domain.course.history import Standing
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.virtual_report import Summary, summary_of

PROTOCOLS = ("HH-PALM", "LE-DEX40")
COPIES = 200_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patients", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--ladder", type=Path, help="another ladder for HH-PALM")
    given = options.parse_args()
    pairs = [(code, ladder_for(code)) for code in PROTOCOLS]
    if given.ladder:
        data = json.loads(given.ladder.read_text(encoding="utf-8"))
        pairs.append((PROTOCOLS[0], LadderSpec.from_dict(data)))
    rows = [measured(code, ladder, given) for code, ladder in pairs if ladder]
    report(f"{given.patients} virtual courses, one process", rows)


def measured(code: str, ladder: LadderSpec, given: Any) -> dict[str, Any]:
    protocol = simulated_adoptions()[code].spec
    found: list[Summary] = []

    def walk() -> None:
        found.append(summary_of(ladder, protocol, given.patients, given.seed))

    before_s, all_s, after_s = cpu_s(copies), cpu_s(walk), cpu_s(copies)
    copy_s = (before_s + after_s) / 2 / COPIES
    sessions = sum(group.sessions for group in found[0].groups.values())
    return {
        "protocol": code,
        "ladder": found[0].name,
        "CPU s": all_s,
        "sessions": sessions,
        "µs/session": all_s / sessions * 1e6,
        "copy µs": copy_s * 1e6,
        "× copy": all_s / sessions / copy_s,
    }


def copies() -> None:
    standing = Standing()
    for number in range(COPIES):
        replace(standing, missed=number)


def cpu_s(work: Callable[[], None]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


if __name__ == "__main__":
    main()
