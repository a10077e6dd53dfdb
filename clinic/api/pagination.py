"""Pages by key rather than offset: page 1,000 costs what page 1 does."""

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Newest(CursorPagination):
    """In the order of the view's `ordered_by`, by default the newest key first.

    A random key says nothing of age, so a view of such rows names its columns;
    the last one must be unique. `page_size` asks for another size, up to 200.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_ordering(
        self, request: Request, queryset: QuerySet[Model], view: Any
    ) -> tuple[str, ...]:
        return tuple(getattr(view, "ordered_by", ("-pk",)))
