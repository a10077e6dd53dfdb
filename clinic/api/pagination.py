from rest_framework.pagination import CursorPagination


class Newest(CursorPagination):
    """Newest first, by key rather than offset: page 1,000 costs what page 1 does."""

    ordering = "-pk"
    page_size = 50
