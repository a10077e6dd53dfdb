"""Samples as CSV: one line a sample, a missing reading is an empty field."""

import csv
import io
from typing import Any

from rest_framework.renderers import BaseRenderer


class CsvRenderer(BaseRenderer):
    """Renders a dict with `columns` and `samples`.

    The last column says whether the run was simulated, so that no line loses it.
    """

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Any = None,
    ) -> bytes:
        text = io.StringIO(newline="")
        lines = csv.writer(text)
        lines.writerow([*data["columns"], "simulated"])
        mark = int(data["is_simulated"])
        for sample in data["samples"]:
            # An IntEnum would write its name.
            lines.writerow([*(None if n is None else int(n) for n in sample), mark])
        return text.getvalue().encode()
