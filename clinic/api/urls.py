"""Where each address of the API leads; upper packages are named by string only."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from clinic.api import views
from clinic.api.docs import Docs

v1 = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("me/", views.Me.as_view(), name="me"),
    path("sites/", views.SiteList.as_view(), name="sites"),
    path("sites/<uuid:pk>/", views.SiteDetail.as_view(), name="site"),
    path("rooms/", views.RoomList.as_view(), name="rooms"),
    path("rooms/<uuid:pk>/", views.RoomDetail.as_view(), name="room"),
    path("chairs/", views.ChairList.as_view(), name="chairs"),
    path("chairs/<uuid:pk>/", views.ChairDetail.as_view(), name="chair"),
    path("patients/", views.PatientList.as_view(), name="patients"),
    path("patients/<uuid:pk>/", views.PatientDetail.as_view(), name="patient"),
    path("audit-entries/", views.AuditList.as_view(), name="audit-entries"),
    path("audit-entries/<int:pk>/", views.AuditDetail.as_view(), name="audit-entry"),
    path("", include("devices.api.urls")),
    path("", include("sessions_app.api.urls")),
    re_path("", views.Nowhere.as_view()),
]

urlpatterns = [path("v1/", include((v1, "api"), namespace="v1"))]
