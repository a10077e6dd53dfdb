import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.catalogue import simulated_adoptions
from sessions_app.catalogue.ladders import ladder_for
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.stepdown import LadderError
from sessions_app.domain.virtual_report import Share, Summary, lines_of, summary_of

# Fewer patients are through before a second process has begun.
ALONE = 500


class Command(BaseCommand):
    help = (
        "Send synthetic patients through the ladder of a protocol and print what "
        "it came to; with --ladder through another one beside it."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("protocol", help="code of the catalogue, such as HH-PALM")
        parser.add_argument("--patients", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--ladder", type=Path, help="JSON of another ladder")

    def handle(
        self,
        *args: Any,
        protocol: str,
        patients: int,
        seed: int,
        ladder: Path | None,
        **options: Any,
    ) -> None:
        if patients < 1 or seed < 0:
            raise CommandError("--patients is at least 1 and --seed at least 0")
        spec = _spec(protocol)
        ladders = [_published(protocol), *([_read(ladder)] if ladder else [])]
        found = [_simulated(one, spec, patients, seed) for one in ladders]
        self.stdout.write(
            f"{protocol}, {patients} synthetic patients, seed {seed}: made up to"
            " exercise the rules, they predict nobody"
        )
        for line in lines_of(found):
            self.stdout.write(line)


def _spec(protocol: str) -> ProtocolSpec:
    adoptions = simulated_adoptions()
    if protocol not in adoptions:
        raise CommandError(
            f"{protocol} cannot be run; one of {', '.join(sorted(adoptions))}"
        )
    return adoptions[protocol].spec


def _published(protocol: str) -> LadderSpec:
    found = ladder_for(protocol)
    if found is None:
        raise CommandError(f"{protocol} has no ladder: it is no course of sessions")
    return found


def _read(path: Path) -> LadderSpec:
    try:
        return LadderSpec.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError, LadderError) as error:
        raise CommandError(f"{path}: {error}") from error


def _simulated(
    ladder: LadderSpec, spec: ProtocolSpec, patients: int, seed: int
) -> Summary:
    """All patients, shared out to the cores where they are many."""
    cores = os.cpu_count() or 1
    walk = partial(summary_of, ladder, spec, patients, seed)
    if patients < ALONE or cores == 1:
        return walk()
    shares = [Share(number, cores) for number in range(cores)]
    # A fresh interpreter: this one may have connections and threads.
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        first, *others = pool.map(walk, shares)
    for other in others:
        first.join(other)
    return first
