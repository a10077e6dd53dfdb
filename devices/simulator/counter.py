"""The device's own charge counter, exact, at its internal step."""


class ChargeCounter:
    """Charge of straight pieces of current, kept doubled so that it stays whole."""

    __slots__ = ("_negative2", "_positive2")

    def __init__(self, positive_nc: int = 0, negative_nc: int = 0) -> None:
        self._positive2 = 2 * positive_nc
        self._negative2 = 2 * negative_nc

    def add(self, from_ua: int, to_ua: int, span_ms: int) -> None:
        """A piece from one signed current to the next."""
        doubled = (from_ua + to_ua) * span_ms
        if from_ua >= 0 and to_ua >= 0:
            self._positive2 += doubled
        elif from_ua <= 0 and to_ua <= 0:
            self._negative2 -= doubled
        else:
            self._cross(abs(max(from_ua, to_ua)), abs(min(from_ua, to_ua)), span_ms)

    def _cross(self, positive: int, negative: int, span_ms: int) -> None:
        whole = positive + negative
        self._positive2 += positive * positive * span_ms // whole
        self._negative2 += negative * negative * span_ms // whole

    @property
    def positive_nc(self) -> int:
        return self._positive2 // 2

    @property
    def negative_nc(self) -> int:
        return self._negative2 // 2

    @property
    def total_nc(self) -> int:
        return (self._positive2 + self._negative2) // 2
