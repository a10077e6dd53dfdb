"""Where each address of treatment's API leads."""

from django.urls import path

from clinic.api.problems import answer_with
from sessions_app.api import (
    beside,
    catalogue,
    checking,
    consenting,
    courses,
    delivering,
    diagnostics,
    doses,
    harm,
    loans,
    outcomes,
    prescriptions,
    sessions,
    stock,
    tasks,
)
from sessions_app.domain.protocol import ProtocolError
from sessions_app.domain.session_lifecycle import SessionStateError

answer_with(ProtocolError, 422, "protocol")
answer_with(SessionStateError, 409, "wrong_state")

SESSION = "treatment-sessions/<uuid:pk>/"
ORDER = "prescriptions/<uuid:pk>/"
REQUEST = "prescriber-requests/<uuid:pk>/"
PROPOSAL = "proposals/<uuid:pk>/"

urlpatterns = [
    path(
        "electrode-types/",
        catalogue.ElectrodeTypeList.as_view(),
        name="electrode-types",
    ),
    path(
        "electrode-types/<uuid:pk>/",
        catalogue.ElectrodeTypeDetail.as_view(),
        name="electrode-type",
    ),
    path("protocols/", catalogue.ProtocolList.as_view(), name="protocols"),
    path("protocols/<int:pk>/", catalogue.ProtocolDetail.as_view(), name="protocol"),
    path("protocols/<int:pk>/adopt/", catalogue.Adopt.as_view(), name="adopt"),
    path("adoptions/", catalogue.AdoptionList.as_view(), name="adoptions"),
    path("adoptions/<int:pk>/", catalogue.AdoptionDetail.as_view(), name="adoption"),
    path(
        "adoptions/<int:pk>/second/",
        catalogue.Second.as_view(),
        name="adoption-second",
    ),
    path(
        "adoptions/<int:pk>/withdraw/",
        catalogue.Withdraw.as_view(),
        name="adoption-withdraw",
    ),
    path(
        "prescriptions/", prescriptions.PrescriptionList.as_view(), name="prescriptions"
    ),
    path(
        "prescriptions/check/",
        prescriptions.CheckOrder.as_view(),
        name="prescriptions-check",
    ),
    path(ORDER, prescriptions.PrescriptionDetail.as_view(), name="prescription"),
    path(f"{ORDER}sign/", prescriptions.Sign.as_view(), name="prescription-sign"),
    path(f"{ORDER}stop/", prescriptions.Stop.as_view(), name="prescription-stop"),
    path("treatment-sessions/", sessions.SessionList.as_view(), name="sessions"),
    path(SESSION, sessions.SessionDetail.as_view(), name="session"),
    path(f"{SESSION}check-in/", sessions.CheckIn.as_view(), name="session-check-in"),
    path(f"{SESSION}people/", checking.PeopleHere.as_view(), name="session-people"),
    path(f"{SESSION}check/", checking.Check.as_view(), name="session-check"),
    path(f"{SESSION}ask/", checking.Ask.as_view(), name="session-ask"),
    path(f"{SESSION}clear/", checking.Clear.as_view(), name="session-clear"),
    path(
        f"{SESSION}not-treated/",
        checking.NotTreated.as_view(),
        name="session-not-treated",
    ),
    path(f"{SESSION}prepare/", sessions.Prepare.as_view(), name="session-prepare"),
    path(f"{SESSION}deliver/", delivering.Deliver.as_view(), name="session-deliver"),
    path(f"{SESSION}rest/", delivering.Rest.as_view(), name="session-rest"),
    path(f"{SESSION}start/", sessions.Start.as_view(), name="session-start"),
    path(f"{SESSION}skin-check/", harm.SkinCheck.as_view(), name="session-skin-check"),
    path(f"{SESSION}adjuncts/", beside.Adjuncts.as_view(), name="session-adjuncts"),
    path(f"{SESSION}minutes/", beside.Minutes.as_view(), name="session-minutes"),
    path(f"{SESSION}collect/", diagnostics.Collect.as_view(), name="session-collect"),
    path(
        f"{SESSION}collected/",
        diagnostics.Collected.as_view(),
        name="session-collected",
    ),
    path(f"{SESSION}result/", diagnostics.Result.as_view(), name="session-result"),
    path(
        f"{SESSION}interpret/",
        diagnostics.Interpret.as_view(),
        name="session-interpret",
    ),
    path(f"{SESSION}repeat/", diagnostics.Repeat.as_view(), name="session-repeat"),
    path("collections/", diagnostics.CollectionList.as_view(), name="collections"),
    path(f"{SESSION}sign/", harm.Sign.as_view(), name="session-sign"),
    path(f"{SESSION}call-back/", harm.CallBack.as_view(), name="session-call-back"),
    path(
        f"{SESSION}adverse-events/",
        harm.AdverseEventAdd.as_view(),
        name="session-adverse-events",
    ),
    path("adverse-events/", harm.AdverseEventList.as_view(), name="adverse-events"),
    path(
        "adverse-events/<uuid:pk>/",
        harm.AdverseEventDetail.as_view(),
        name="adverse-event",
    ),
    path("incidents/", harm.IncidentList.as_view(), name="incidents"),
    path("incidents/<uuid:pk>/", harm.IncidentDetail.as_view(), name="incident"),
    path(
        "incidents/<uuid:pk>/decide/",
        harm.IncidentDecide.as_view(),
        name="incident-decide",
    ),
    path("dose-records/", doses.DoseList.as_view(), name="doses"),
    path("dose-records/<int:pk>/", doses.DoseDetail.as_view(), name="dose"),
    path("dose-records/<int:pk>/swap/", delivering.Swap.as_view(), name="dose-swap"),
    path("measurements/", outcomes.MeasurementList.as_view(), name="measurements"),
    path("lots/", stock.LotList.as_view(), name="lots"),
    path("lots/<uuid:pk>/", stock.LotDetail.as_view(), name="lot"),
    path("lots/<uuid:pk>/recall/", stock.Recall.as_view(), name="lot-recall"),
    path("home-devices/", loans.HomeDeviceList.as_view(), name="home-devices"),
    path("loans/", loans.LoanList.as_view(), name="loans"),
    path("loans/<uuid:pk>/", loans.LoanDetail.as_view(), name="loan"),
    path("loans/<uuid:pk>/diary/", loans.Diary.as_view(), name="loan-diary"),
    path("prescriber-requests/", checking.RequestList.as_view(), name="requests"),
    path(f"{REQUEST}decide/", checking.Decide.as_view(), name="request-decide"),
    path(f"{REQUEST}second/", checking.Second.as_view(), name="request-second"),
    path("consents/", consenting.ConsentList.as_view(), name="consents"),
    path(
        "consents/<uuid:pk>/withdraw/",
        consenting.Withdraw.as_view(),
        name="consent-withdraw",
    ),
    path("patient-facts/", consenting.FactList.as_view(), name="facts"),
    path("patient-facts/<int:pk>/end/", consenting.EndFact.as_view(), name="fact-end"),
    path("courses/", courses.CourseList.as_view(), name="courses"),
    path("courses/<uuid:pk>/", courses.CourseDetail.as_view(), name="course"),
    path(f"{PROPOSAL}accept/", courses.Accept.as_view(), name="proposal-accept"),
    path(f"{PROPOSAL}change/", courses.Change.as_view(), name="proposal-change"),
    path(f"{PROPOSAL}reject/", courses.Reject.as_view(), name="proposal-reject"),
    path("tasks/", tasks.TaskList.as_view(), name="tasks"),
    path("tasks/<uuid:pk>/done/", tasks.Done.as_view(), name="task-done"),
]
