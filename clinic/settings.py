"""Settings, all from the environment; see README for the names."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from kombu import Exchange, Queue
from kombu.common import Broadcast

BASE_DIR = Path(__file__).resolve().parent.parent


def env_flag(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes"}


DATA_DIR = Path(os.environ.get("IONTOCLINIC_DATA", BASE_DIR / "data"))
KEYS_DIR = Path(os.environ.get("IONTOCLINIC_KEYS", DATA_DIR / "keys"))
SECRET_KEY = os.environ["IONTOCLINIC_SECRET_KEY"]
ALLOWED_HOSTS = os.environ.get("IONTOCLINIC_HOSTS", "127.0.0.1,localhost").split(",")
HTTPS = env_flag("IONTOCLINIC_HTTPS")
SPEED = int(os.environ.get("IONTOCLINIC_SPEED", "1"))
DEBUG = False

INSTALLED_APPS = [
    "clinic.apps.ClinicConfig",
    "devices.apps.DevicesConfig",
    "sessions_app.apps.SessionsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]

MIDDLEWARE = [
    "devices.web.stop.StopFirst",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.web.refusals.refusal_middleware",
]

ROOT_URLCONF = "clinic.urls"
ASGI_APPLICATION = "clinic.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "clinic.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Two roles: the owner migrates, the application can neither change the schema
# nor touch what is append-only.
MIGRATES = os.environ.get("IONTOCLINIC_DB_ROLE") == "owner"
DATABASES = {
    "default": dj_database_url.parse(
        os.environ["DATABASE_OWNER_URL" if MIGRATES else "DATABASE_URL"]
    )
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"]["connect_timeout"] = 5
if os.environ.get("IONTOCLINIC_ROLE") == "web":
    # Under ASGI each sync view runs on a fresh thread and would open a
    # connection of its own.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 2,
        "max_size": 16,
        "timeout": 5,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
# Celery names a unix socket otherwise than redis-py does.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "dispatch"
# Every supervisor hears the call: one that already supervises must not take it
# away from one that does not.
_SUPERVISORS = Exchange("supervision", type="fanout")
CELERY_TASK_QUEUES = [
    Queue("dispatch"),
    Broadcast(
        "supervision",
        exchange=_SUPERVISORS,
        routing_key="supervise",
        auto_delete=True,
    ),
]
CELERY_TASK_ROUTES = {
    "devices.supervise": {
        "exchange": _SUPERVISORS,
        "routing_key": "supervise",
        # A sender that has not declared it takes a fanout for a direct exchange.
        "declare": [_SUPERVISORS],
    }
}
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "supervise": {
        "task": "devices.supervise",
        "schedule": 1.0,
        "options": {"expires": 3},
    },
    "sweep-runs": {
        "task": "devices.sweep_runs",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "chase-loans": {
        "task": "sessions_app.chase_loans",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "refresh-courses": {
        "task": "sessions_app.refresh_courses",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "sweep-records": {
        "task": "sessions_app.sweep_records",
        "schedule": 10.0,
        "options": {"expires": 20},
    },
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True

AUTH_USER_MODEL = "clinic.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "clinic.web.refusals.csrf_failed"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "clinic.web.adapter.ClosedSignupAdapter"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = os.environ.get("IONTOCLINIC_TIME_ZONE", "Europe/London")
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("IONTOCLINIC_STATIC", DATA_DIR / "static"))

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.api.authentication.SignedIn"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.StrictJson"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # The schema says all that OPTIONS could.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "clinic.api.pagination.Newest",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "PAGE_SIZE": 50,
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_VERSION": "v1",
    "ALLOWED_VERSIONS": ["v1"],
    "EXCEPTION_HANDLER": "clinic.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Iontoclinic",
    "VERSION": "1",
    "DESCRIPTION": "Clinic session management for iontophoresis.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RunState": "clinic.api.schema.run_states",
        "CommandState": "clinic.api.schema.command_states",
        "SessionState": "clinic.api.schema.session_states",
        "ConsentKind": "clinic.models.ConsentKind",
        "FactKind": "clinic.models.PatientFact.Kind",
        "TaskKind": "sessions_app.models.Task.Kind",
        "YesOrNo": ["yes", "no"],
        "Tingling": "devices.api.serializers.TINGLING",
        "BodyRegion": "sessions_app.api.serializers.REGIONS",
        "BodySide": ["left", "right"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clinic.api.schema.finish",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # A line for each of the hints that come every second tells nothing.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# Supervision, in milliseconds of real time. The system check devices.E001 ties
# them to the watchdog of the stimulators.
SUPERVISION = {
    "lease_ms": 3000,
    "renew_ms": 700,
    "sweep_ms": 250,
    "keepalive_ms": 1000,
    "connect_ms": 1000,
    "watchdog_ms": 8000,
    "max_unrecorded_ms": 60_000,
    "chunk_ms": 5000,
    # A question to the person at the chair is urged, then the run is held.
    "urge_ms": 60_000,
    "unanswered_ms": 120_000,
}
# A press that raises current is valid this long.
PRESS_VALID_MS = 5000
READY_LAPSES_S = 900
PRESENCE_VALID_S = 1800
