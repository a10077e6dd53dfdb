"""Where each address of treatment's API leads."""

from django.urls import path

from clinic.api.problems import answer_with
from sessions_app.api import catalogue, doses, prescriptions, sessions
from sessions_app.domain.protocol import ProtocolError
from sessions_app.domain.session_lifecycle import SessionStateError

answer_with(ProtocolError, 422, "protocol")
answer_with(SessionStateError, 409, "wrong_state")

SESSION = "treatment-sessions/<uuid:pk>/"
ORDER = "prescriptions/<uuid:pk>/"

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
    path(f"{SESSION}clear/", sessions.Clear.as_view(), name="session-clear"),
    path(
        f"{SESSION}not-treated/",
        sessions.NotTreated.as_view(),
        name="session-not-treated",
    ),
    path(f"{SESSION}prepare/", sessions.Prepare.as_view(), name="session-prepare"),
    path(f"{SESSION}start/", sessions.Start.as_view(), name="session-start"),
    path(f"{SESSION}sign/", sessions.Sign.as_view(), name="session-sign"),
    path("dose-records/", doses.DoseList.as_view(), name="doses"),
    path("dose-records/<int:pk>/", doses.DoseDetail.as_view(), name="dose"),
]
