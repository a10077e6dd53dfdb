"""Things that a person has to do by a time."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from sessions_app.api.serializers import BLANK
from sessions_app.models import Task
from sessions_app.selectors.tasks import tasks_visible
from sessions_app.services.tasks import OUTCOME_CHARS, task_done


class TaskOut(serializers.ModelSerializer[Task]):
    class Meta:
        model = Task
        fields = (
            "id",
            "site",
            "kind",
            "for_role",
            "patient",
            "session",
            "text",
            "due_at",
            "made_at",
            "done_at",
            "done_by",
            "outcome",
        )


class OutcomeIn(serializers.Serializer[Mapping[str, Any]]):
    outcome = serializers.CharField(max_length=OUTCOME_CHARS, **BLANK)


class Tasks(SiteScoped[Task]):
    queryset = Task.objects.all()
    serializer_class = TaskOut
    reads = "task.view"
    does = "task.do"

    def get_queryset(self) -> QuerySet[Task]:
        """Tasks of the asker's sites and roles."""
        return super().get_queryset() & tasks_visible(staff=self.staff)


class TaskList(Tasks, ListAPIView[Task]):
    """Open and done, the oldest due first."""

    ordered_by = ("due_at", "pk")
    filterset_fields = ("kind", "patient", "session")


class Done(Tasks):
    """Close a task with what came of it."""

    @extend_schema(request=OutcomeIn, responses=TaskOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = self.subject()
        task_done(task=row, by=self.staff, **self.body(OutcomeIn))
        row.refresh_from_db()
        return Response(TaskOut(row).data)
