"""Triggers that keep rows as they were written."""

import pgtrigger

FIXED_IS_SIMULATED = pgtrigger.Protect(
    name="is_simulated_fixed",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__is_simulated__df=pgtrigger.F("new__is_simulated")),
)


def append_only() -> pgtrigger.Protect:
    """Refuse every change and removal of a written row."""
    return pgtrigger.Protect(
        name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
    )
