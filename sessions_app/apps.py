from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Treatment"

    def ready(self) -> None:
        from clinic.web.pages import COUNTS
        from devices.services.titration import RESUME_GATES
        from sessions_app.selectors.tasks import todo_count
        from sessions_app.services.gates import require_may_go_on

        COUNTS["todo"] = todo_count
        RESUME_GATES.append(require_may_go_on)
