from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Treatment"

    def ready(self) -> None:
        from clinic.web.pages import COUNTS
        from sessions_app.selectors.tasks import todo_count

        COUNTS["todo"] = todo_count
