"""Where each address leads."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import acts, stock
from sessions_app.web.at_chair import path_fragment
from sessions_app.web.patient import patient
from sessions_app.web.session import session
from sessions_app.web.today import today

_SESSION = "sessions/<uuid:session_id>/"

urlpatterns: list[URLPattern] = [
    path("", today, name="today"),
    path("patients/<uuid:patient_id>/", patient, name="patient"),
    path("stock/", stock.stock, name="stock"),
    path("stock/<uuid:lot_id>/", stock.lot, name="lot"),
    path("stock/<uuid:lot_id>/recall", stock.recall, name="lot-recall"),
    path(_SESSION, session, name="session"),
    path(f"{_SESSION}path", path_fragment, name="session-path"),
    path(f"{_SESSION}check-in", acts.check_in, name="session-check-in"),
    path(f"{_SESSION}clear", acts.clear, name="session-clear"),
    path(f"{_SESSION}prepare", acts.prepare, name="session-prepare"),
    path(f"{_SESSION}start", acts.start, name="session-start"),
    path(f"{_SESSION}sign", acts.sign, name="session-sign"),
    path(f"{_SESSION}not-treated", acts.not_treated, name="session-not-treated"),
]
