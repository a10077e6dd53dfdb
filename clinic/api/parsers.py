"""How a body is read."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJson(JSONParser):
    """JSON whose texts are text: half a surrogate pair can be neither stored nor
    answered."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        body = super().parse(*args, **kwargs)
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError(f"The body holds what is no text: {error.reason}.") from (
                error
            )
        return body
