"""People, answers and the two ways out, before a session is cleared."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.scope import SiteScoped
from clinic.selectors.site_time import site_day
from sessions_app.api.serializers import BLANK, SessionOut, VersionIn
from sessions_app.api.sessions import SessionAct
from sessions_app.domain.precheck import NO, NOTE_CHARS, YES, Answer
from sessions_app.models import PreCheck, PrescriberRequest, VisitPeople
from sessions_app.selectors import checks
from sessions_app.services import checking, requesting

Body = serializers.Serializer[Mapping[str, Any]]


class QuestionOut(Body):
    name = serializers.CharField()
    code = serializers.CharField()
    text = serializers.CharField()
    safe = serializers.ChoiceField([YES, NO])


class StandingOut(Body):
    """What is to be done next, and the questions when that is to answer them."""

    step = serializers.ChoiceField([step.value for step in checks.Step])
    questions = QuestionOut(many=True)


class AnswerIn(Body):
    answer = serializers.ChoiceField([YES, NO])
    note = serializers.CharField(max_length=NOTE_CHARS, default="", **BLANK)


class AnswersIn(VersionIn):
    tier = serializers.ChoiceField(PreCheck.Tier.choices)
    answers = serializers.DictField(child=AnswerIn())


class PeopleIn(Body):
    interpreter = serializers.ChoiceField(VisitPeople.Interpreter.choices)
    interpreter_name = serializers.CharField(max_length=120, default="", **BLANK)
    escort_name = serializers.CharField(max_length=120, default="", **BLANK)
    escort_relation = serializers.CharField(max_length=60, default="", **BLANK)
    chaperone = serializers.ChoiceField(
        VisitPeople.Chaperone.choices, default=VisitPeople.Chaperone.NOT_ASKED
    )
    chaperone_name = serializers.CharField(max_length=120, default="", **BLANK)


class AskIn(VersionIn):
    question = serializers.CharField(max_length=requesting.WORDS_CHARS, **BLANK)


class NotTreatedIn(VersionIn):
    because = serializers.ChoiceField(list(requesting.NOT_TODAY.items()))
    reason = serializers.CharField(max_length=150, **BLANK)
    next_on = serializers.DateField(
        allow_null=True, default=None, help_text="Books the next session too."
    )


class RequestOut(serializers.ModelSerializer[PrescriberRequest]):
    class Meta:
        model = PrescriberRequest
        fields = (
            "id",
            "session",
            "findings",
            "question",
            "asked_by",
            "asked_at",
            "expires_at",
            "decision",
            "decided_by",
            "decided_at",
            "reason",
            "max_ua",
            "seconded_by",
        )


class DecideIn(VersionIn):
    """`version` is that of the session."""

    allow = serializers.BooleanField()
    reason = serializers.CharField(max_length=requesting.WORDS_CHARS, **BLANK)
    max_ua = serializers.IntegerField(min_value=1, allow_null=True, default=None)


class Check(SessionAct):
    """What is to be answered before current, and the answers."""

    @extend_schema(responses=StandingOut)
    def get(self, request: Request, pk: Any) -> Response:
        session = self.get_object()
        day = site_day(session.site)
        now = checks.standing_of(session, day)
        tiers = {checks.Step.VISIT: "visit", checks.Step.COURSE: "course"}
        asked = (
            checks.questions_of(session, tiers[now.step], day)
            if now.step in tiers
            else ()
        )
        body = {"step": now.step.value, "questions": asked}
        return Response(StandingOut(body).data)

    @extend_schema(request=AnswersIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        """Answer every question of a tier; clears when nothing stands against."""
        session = self.subject()
        body = self.body(AnswersIn)
        checking.check_record(
            session=session,
            by=self.staff,
            version=body["version"],
            tier=body["tier"],
            answers={
                name: Answer(said["answer"], said["note"])
                for name, said in body["answers"].items()
            },
        )
        return self.stand(session)


class PeopleHere(SessionAct):
    """Who is with the patient; the newest answer holds."""

    @extend_schema(request=PeopleIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        said = checking.People(**self.body(PeopleIn))
        checking.people_record(session=session, by=self.staff, people=said)
        return self.stand(session)


class Clear(SessionAct):
    """Nothing stands against treatment; after an override somebody takes note."""

    @extend_schema(request=VersionIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        checking.session_clear(session=session, by=self.staff, **self.body(VersionIn))
        return self.stand(session)


class NotTreated(SessionAct):
    """Close a visit without treatment; what was answered stays."""

    @extend_schema(request=NotTreatedIn, responses=SessionOut)
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        body = dict(self.body(NotTreatedIn))
        words = body.pop("reason")
        requesting.session_not_today(
            session=session, by=self.staff, words=words, **body
        )
        return self.stand(session)


class Ask(SessionAct):
    """Ask the prescribers whether treatment may go on despite a finding."""

    @extend_schema(request=AskIn, responses={201: RequestOut})
    def post(self, request: Request, pk: Any) -> Response:
        session = self.subject()
        made = requesting.request_ask(
            session=session, by=self.staff, **self.body(AskIn)
        )
        return Response(RequestOut(made).data, status=201)


class Requests(SiteScoped[PrescriberRequest]):
    queryset = PrescriberRequest.objects.select_related("session__site", "check_row")
    serializer_class = RequestOut
    reads = "session.view"
    does = "request.decide"
    site_field = "session__site"


class RequestList(Requests, ListAPIView[PrescriberRequest]):
    """Questions to the prescribers, the newest first."""

    ordered_by = ("-asked_at", "pk")


class Decide(Requests):
    """Sign the answer, once."""

    @extend_schema(request=DecideIn, responses=RequestOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = requesting.request_decide(
            request=self.subject(), by=self.staff, **self.body(DecideIn)
        )
        return Response(RequestOut(row).data)


class Second(Requests):
    """Sign an allowed answer too, where the site wants two."""

    @extend_schema(request=VersionIn, responses=RequestOut)
    def post(self, request: Request, pk: Any) -> Response:
        row = requesting.request_second(
            request=self.subject(), by=self.staff, **self.body(VersionIn)
        )
        return Response(RequestOut(row).data)
