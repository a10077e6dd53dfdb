"""The schema and its pages: own and vendored files only, within the strict CSP."""

from drf_spectacular.views import SpectacularSwaggerSplitView


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI; its template has no inline style, its script is a file."""

    template_name = "api/docs.html"
    url_name = "v1:schema"
