"""Where each address leads."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import (
    acts,
    adjuncts,
    catalogue,
    checking,
    consent,
    diagnostics,
    doses,
    harm,
    incidents,
    loans,
    minutes,
    signing,
    skin,
    stock,
    todo,
)
from sessions_app.web.at_chair import path_fragment
from sessions_app.web.course_urls import urlpatterns as course_urls
from sessions_app.web.delivering import delivery
from sessions_app.web.order_urls import urlpatterns as order_urls
from sessions_app.web.outcome_urls import urlpatterns as outcome_urls
from sessions_app.web.patient import patient
from sessions_app.web.session import session
from sessions_app.web.today import today

_SESSION = "sessions/<uuid:session_id>/"
_PROTOCOL = "protocols/<slug:code>/"

urlpatterns: list[URLPattern] = [
    path("", today, name="today"),
    *order_urls,
    *outcome_urls,
    *course_urls,
    path("patients/<uuid:patient_id>/", patient, name="patient"),
    path(
        "patients/<uuid:patient_id>/consent/<uuid:course>/",
        consent.consent,
        name="consent",
    ),
    path("patients/<uuid:patient_id>/facts/", consent.facts, name="patient-facts"),
    path(
        "consents/<uuid:consent_id>/withdraw",
        consent.withdraw,
        name="consent-withdraw",
    ),
    path("facts/<int:fact_id>/end", consent.end_fact, name="fact-end"),
    path("todo/", todo.todo, name="todo"),
    path("todo/<uuid:task_id>/done", todo.done, name="task-done"),
    path("requests/<uuid:request_id>/", todo.question, name="request"),
    path("requests/<uuid:request_id>/second", todo.second, name="request-second"),
    path("protocols/", catalogue.protocols, name="protocols"),
    path(_PROTOCOL, catalogue.protocol, name="protocol"),
    path(f"{_PROTOCOL}adopt", catalogue.adopt, name="protocol-adopt"),
    path(
        f"{_PROTOCOL}<int:adoption_id>/second",
        catalogue.second,
        name="adoption-second",
    ),
    path(
        f"{_PROTOCOL}<int:adoption_id>/withdraw",
        catalogue.withdraw,
        name="adoption-withdraw",
    ),
    path("loans/", loans.loans, name="loans"),
    path("loans/lend", loans.lend, name="loan-lend"),
    path("loans/devices", loans.add, name="home-device-add"),
    path("loans/devices/<uuid:device_id>/", loans.device, name="home-device"),
    path("loans/<uuid:loan_id>/", loans.loan, name="loan"),
    path("loans/<uuid:loan_id>/diary", loans.diary, name="loan-diary"),
    path("loans/<uuid:loan_id>/return", loans.give_back, name="loan-return"),
    path("stock/", stock.stock, name="stock"),
    path("stock/<uuid:lot_id>/", stock.lot, name="lot"),
    path("stock/<uuid:lot_id>/recall", stock.recall, name="lot-recall"),
    path(_SESSION, session, name="session"),
    path(f"{_SESSION}path", path_fragment, name="session-path"),
    path(f"{_SESSION}check-in", checking.check_in, name="session-check-in"),
    path(f"{_SESSION}people", checking.people, name="session-people"),
    path(f"{_SESSION}check", checking.check, name="session-check"),
    path(f"{_SESSION}ask", checking.ask, name="session-ask"),
    path(f"{_SESSION}waiting", checking.waiting, name="session-waiting"),
    path(f"{_SESSION}clear", checking.clear, name="session-clear"),
    path(f"{_SESSION}prepare", acts.prepare, name="session-prepare"),
    path(f"{_SESSION}start", acts.start, name="session-start"),
    path(f"{_SESSION}delivery", delivery, name="session-delivery"),
    path(f"{_SESSION}rest", doses.go_on, name="session-rest"),
    path(f"{_SESSION}doses/<int:dose_id>/swap", doses.swap, name="dose-swap"),
    path(f"{_SESSION}skin", skin.during, name="session-skin"),
    path(
        f"{_SESSION}adjuncts/<int:place>",
        adjuncts.record,
        name="session-adjunct",
    ),
    path(f"{_SESSION}minutes", minutes.minutes, name="session-minutes"),
    path(f"{_SESSION}collect/<int:place>", diagnostics.begin, name="collect-begin"),
    path(f"{_SESSION}collect/<int:place>/end", diagnostics.end, name="collect-end"),
    path(
        f"{_SESSION}collect/<int:place>/missed",
        diagnostics.missed,
        name="collect-missed",
    ),
    path(f"{_SESSION}collect/<int:place>/label", diagnostics.label, name="label"),
    path(f"{_SESSION}result/<int:place>/", diagnostics.result, name="result"),
    path(f"{_SESSION}interpret", diagnostics.interpret, name="session-interpret"),
    path(f"{_SESSION}repeat", diagnostics.repeat, name="session-repeat"),
    path(f"{_SESSION}sign", signing.sign, name="session-sign"),
    path(f"{_SESSION}call-back", skin.call_back, name="session-call-back"),
    path(f"{_SESSION}adverse-events/add", harm.add, name="harm-add"),
    path("adverse-events/<uuid:event_id>/correct", harm.correct, name="harm-correct"),
    path("incidents/<uuid:incident_id>/", incidents.incident, name="incident"),
    path(
        "incidents/<uuid:incident_id>/decide", incidents.decide, name="incident-decide"
    ),
    path(f"{_SESSION}not-treated", checking.not_treated, name="session-not-treated"),
]
