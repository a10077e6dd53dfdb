"""The published rows and drugs, as the files of this package have them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from sessions_app.domain.drugs import DrugFacts, check_drugs
from sessions_app.domain.entry import Entry

_HERE = Path(__file__).parent
GROUPS = (
    "hyperhidrosis",
    "tendon",
    "anaesthesia",
    "diagnostic",
    "dental",
    "urology",
    "galvanisation",
    "out_of_scope",
)


@cache
def published_entries() -> dict[str, Entry]:
    """Every row of the catalogue by its code, in the order of the groups."""
    rows = [row for group in GROUPS for row in read(f"rows/{group}.json")["entries"]]
    entries = {entry.code: entry for entry in map(Entry.from_dict, rows)}
    for entry in entries.values():
        used = (*(entry.drugs or ()), *entry.choices)
        check_drugs(entry.code, used, published_drugs())
    return entries


@cache
def published_drugs() -> dict[str, DrugFacts]:
    """What is known of each drug, by its code."""
    facts = map(DrugFacts.from_dict, read("drugs.json")["drugs"])
    return {one.code: one for one in facts}


def read(name: str) -> Any:
    """A file of the catalogue, as JSON."""
    return json.loads((_HERE / name).read_text(encoding="utf-8"))


def drugs_alike(code: str) -> list[str]:
    """Codes whose exposure counts together with that of a drug: all steroids do."""
    facts = published_drugs()
    if code not in facts or not facts[code].steroid:
        return []
    return [one.code for one in facts.values() if one.steroid]
