"""Teeth by their FDI numbers (ISO 3950): quadrant, then the place from the middle."""

_PERMANENT = dict.fromkeys("1234", 8)
_DECIDUOUS = dict.fromkeys("5678", 5)
_TEETH_OF = {**_PERMANENT, **_DECIDUOUS}
_QUADRANTS = {
    "1": "upper right",
    "2": "upper left",
    "3": "lower left",
    "4": "lower right",
}


def tooth_holds(number: str) -> bool:
    """Whether an FDI number names a tooth: 11-18 to 41-48, in children 51-55 to
    81-85."""
    if len(number) != 2 or not (number.isascii() and number.isdigit()):
        return False
    return 1 <= int(number[1]) <= _TEETH_OF.get(number[0], 0)


def tooth_text(number: str) -> str:
    """``"tooth 26, upper left"``. Raises ValueError for a number that is none."""
    if not tooth_holds(number):
        raise ValueError(f"{number!r} is no FDI tooth number")
    quadrant = int(number[0])
    child = quadrant > 4
    where = _QUADRANTS[str(quadrant - 4 if child else quadrant)]
    return f"tooth {number}, {where}{', deciduous' if child else ''}"
