"""Where the addresses of patients, orders and electrodes lead."""

from django.urls import path
from django.urls.resolvers import URLPattern

from sessions_app.web import electrodes, orders, patients, prescribing

_PATIENT = "patients/<uuid:patient_id>/prescriptions/new/"
_ORDER = "prescriptions/<uuid:order_id>/"

urlpatterns: list[URLPattern] = [
    path("patients/", patients.patients, name="patients"),
    path("patients/new/", patients.patient_new, name="patient-new"),
    path(_PATIENT, prescribing.choose, name="prescription-choose"),
    path(f"{_PATIENT}<int:adoption_id>/", prescribing.write, name="prescription-new"),
    path(_ORDER, orders.order, name="prescription"),
    path(f"{_ORDER}change/", prescribing.change, name="prescription-change"),
    path(f"{_ORDER}revise/", prescribing.revise, name="prescription-revise"),
    path(f"{_ORDER}sign/", orders.sign, name="prescription-sign"),
    path(f"{_ORDER}stop/", orders.stop, name="prescription-stop"),
    path(f"{_ORDER}discard/", orders.discard, name="prescription-discard"),
    path(f"{_ORDER}plan/", orders.plan, name="prescription-plan"),
    path("electrodes/", electrodes.electrodes, name="electrodes"),
    path("electrodes/new/", electrodes.electrode_new, name="electrode-new"),
]
