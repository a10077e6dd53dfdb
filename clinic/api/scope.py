"""What each view shares: rows of the asker's own sites, and one permission table."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from clinic.errors import Forbidden
from clinic.models import Site, Staff
from clinic.permissions import require, sites_of

M = TypeVar("M", bound=Model)


class Permitted(GenericAPIView[M], Generic[M]):
    """Open to whoever may do `reads` at one site or more.

    `reads` and `does` are rows of `clinic.permissions.ACTIONS`.
    """

    reads: ClassVar[str]
    sites: list[Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.sites = self.sites_for(self.reads)

    @property
    def staff(self) -> Staff:
        staff: Staff = self.request.user  # type: ignore[assignment]
        return staff

    def sites_for(self, action: str) -> list[Any]:
        """Ids of the sites where the asker may do `action`; Forbidden without any."""
        sites = sites_of(self.staff, action)
        if not sites:
            raise Forbidden(
                "not_allowed",
                f"{self.staff.name} may not do “{action}” at any site. "
                "Ask an administrator of the site.",
            )
        return sites

    def body(self, kind: type[Serializer[Any]]) -> Mapping[str, Any]:
        """The body as `kind` reads it; raises ValidationError."""
        read = kind(data=self.request.data)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)


class SiteScoped(Permitted[M], Generic[M]):
    """Rows of the sites where the asker may do `reads`; all others do not exist.

    `site_field` leads from the row to its site. `does` is the action that a
    change needs at the site of the row.
    """

    site_field: ClassVar[str] = "site"
    does: ClassVar[str] = ""

    def get_queryset(self) -> QuerySet[M]:
        return super().get_queryset().filter(**{f"{self.site_field}__in": self.sites})

    def subject(self) -> M:
        """The row of the address, at a site where the asker may do `does`.

        Raises Http404 for another site's row, Forbidden for a role that may not.
        """
        row = self.get_object()
        require(self.staff, self.does, self.site_of(row))
        return row

    def site_of(self, row: M) -> Site:
        for step in self.site_field.split("__"):
            row = getattr(row, step)
        return row  # type: ignore[return-value]


def named(rows: QuerySet[M], field: str, key: Any) -> M:
    """The row that `field` of a body names, among those that the asker may use."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise ValidationError({field: f"There is no such {field} at your sites."})
    return row
