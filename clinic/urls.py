"""Where each address leads; upper packages are named by string only."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("clinic.web.urls")),
    path("", include("devices.web.urls")),
    path("", include("sessions_app.web.urls")),
    path("api/", include("clinic.api.urls")),
]

handler403 = "clinic.web.refusals.forbidden"
handler404 = "clinic.web.refusals.not_found"
handler500 = "clinic.web.refusals.broken"
