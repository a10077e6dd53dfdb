"""A row of the catalogue, small enough to change in a test."""

import json
from typing import Any

from sessions_app.catalogue import published_entries
from sessions_app.domain.entry import Entry

ENTRIES = published_entries()


def wire(code: str = "HH-PALM") -> dict[str, Any]:
    """The JSON form of a published row, free to change."""
    made: dict[str, Any] = json.loads(json.dumps(ENTRIES[code].to_dict()))
    return made


def entry_with(code: str = "HH-PALM", **figures: Any) -> Entry:
    """A row with other figures, named with `__` for the dot; their sources stay,
    and a figure that becomes empty or is new loses or gets one from memory."""
    row = wire(code)
    for name, what in figures.items():
        path = name.replace("__", ".")
        row["figures"][path] = what
        trust_as(row, path, None if what is None else trust_in(row, path))
    return Entry.from_dict(row)


def trust_in(row: dict[str, Any], path: str) -> str:
    found = ENTRIES[row["code"]].trust_of(path)
    return str(found or "M")


def trust_as(row: dict[str, Any], leaf: str, trust: str | None) -> None:
    """Give a leaf a source of its own, or none."""
    old = ENTRIES[row["code"]]
    for source in row["sources"]:
        names = [
            name
            for field in source["fields"]
            for name in (
                [
                    one
                    for one in old.leaves
                    if one == field or one.startswith(f"{field}.")
                ]
                or [field]
            )
        ]
        source["fields"] = [name for name in names if name != leaf]
    if trust:
        own = {"fields": [leaf], "trust": trust, "name": "Test", "says": "So."}
        row["sources"].append(own)
    row["sources"] = [source for source in row["sources"] if source["fields"]]
