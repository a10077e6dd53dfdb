"""Which consents a course needs, and whether those that stand still cover it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Rows of the catalogue whose drug and use are labelled together.
LABELLED = frozenset({"HH-GLYCO", "SWEAT-CF", "LIDO", "LIDO-PED"})
TREATMENT, OFF_LABEL = "treatment", "off_label"
KINDS = {TREATMENT: "treatment", OFF_LABEL: "use outside the label"}
CONSENT_MONTHS = 12
MINOR_UNDER = 16


@dataclass(frozen=True, slots=True)
class Terms:
    """What is consented to: drug, places and kind of device, in words."""

    drug: str
    body_site: str
    device_kind: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset(self.body_site.split("; "))


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that was recorded on a day and not withdrawn, or on another."""

    kind: str
    terms: Terms
    on: dt.date
    withdrawn_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A consent that does not stand, and why in words."""

    kind: str
    why: str

    @property
    def text(self) -> str:
        return f"Consent to {KINDS[self.kind]}: {self.why}."


def kinds_needed(code: str, drugs: Sequence[str]) -> tuple[str, ...]:
    """Kinds of consent that gate a protocol; photographs never do."""
    if drugs and code not in LABELLED:
        return (TREATMENT, OFF_LABEL)
    return (TREATMENT,)


def missing(
    kinds: Iterable[str],
    terms: Terms,
    given: Iterable[Given],
    today: dt.date,
    months: int = CONSENT_MONTHS,
) -> list[Missing]:
    """Each kind for which no consent of the course covers `terms` today.

    `given` are the consents of the course, the newest last.
    """
    rows = list(given)
    found = []
    for kind in kinds:
        faults = [_fault(row, terms, today, months) for row in rows if row.kind == kind]
        if "" not in faults:
            found.append(Missing(kind, faults[-1] if faults else "not recorded yet"))
    return found


def _fault(row: Given, terms: Terms, today: dt.date, months: int) -> str:
    """Why a consent does not cover the terms today; "" when it does."""
    if row.withdrawn_on is not None:
        return f"withdrawn on {_day(row.withdrawn_on)}"
    if row.terms.drug != terms.drug:
        was, now = row.terms.drug or "tap water", terms.drug or "tap water"
        return f"given on {_day(row.on)} for {was}, now {now}"
    if new := terms.places - row.terms.places:
        return f"given on {_day(row.on)} without {', '.join(sorted(new))}"
    if row.terms.device_kind != terms.device_kind:
        return (
            f"given on {_day(row.on)} for {row.terms.device_kind},"
            f" now {terms.device_kind}"
        )
    end = months_after(row.on, months)
    if today >= end:
        return f"given on {_day(row.on)}; {months} months ended on {_day(end)}"
    return ""


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months on, or the last one of a shorter month."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    for number in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _day(day: dt.date) -> str:
    return f"{day:%d-%b-%Y}"
