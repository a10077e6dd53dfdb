"""The Django project, and the clinic itself: sites, staff, patients, audit."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
