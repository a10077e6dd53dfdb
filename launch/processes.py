"""The processes of Iontoclinic: one table for `./run` and for the container files.

Arguments hold the placeholders {host} {port} {data} {static} {speed}. A first word of
"python" is the interpreter; any other is a module that the interpreter runs (-m).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# Read by clinic/settings.py in every process.
COMMON_ENVIRONMENT = (
    "DATABASE_URL",
    "REDIS_URL",
    "IONTOCLINIC_DATA",
    "IONTOCLINIC_SECRET_KEY",
    "IONTOCLINIC_HOSTS",
    "IONTOCLINIC_SPEED",
    "IONTOCLINIC_HTTPS",
)
# Only what may change tables ever sees the owner's password.
OWNER_ENVIRONMENT = ("DATABASE_OWNER_URL", "IONTOCLINIC_DB_ROLE")
# The role tells the settings what a process is for, e.g. whether it pools connections.
WEB_ENVIRONMENT = MappingProxyType({"IONTOCLINIC_ROLE": "web"})
SUPERVISOR_ENVIRONMENT = MappingProxyType({"IONTOCLINIC_ROLE": "supervisor"})

MIGRATE = ("python", "manage.py", "migrate", "--noinput")
# At each start, so that an upgrade publishes what changed.
LOAD_CATALOGUE = ("python", "manage.py", "load_catalogue")
COLLECT_STATIC = ("python", "manage.py", "collectstatic", "--noinput")
SEED_DEMO = (
    "python",
    "manage.py",
    "seed_demo",
    "--simulators",
    "{data}/simulators.json",
)
POINT_SIMULATORS = (
    "python",
    "manage.py",
    "point_simulators",
    "{data}/simulators.ports.json",
)

# Order of a stop: nobody can press any more, runs are handed over, then the stores.
STOP_REAPER, STOP_WEB, STOP_SUPERVISORS, STOP_WORKER, STOP_BEAT = range(5)
STOP_SIMULATORS, STOP_VALKEY, STOP_POSTGRES = range(5, 8)


@dataclass(frozen=True)
class Process:
    """One long-lived process of the application. Times in seconds."""

    name: str
    argv: tuple[str, ...]
    stop_rank: int
    stop_deadline_s: float
    environment: Mapping[str, str] = field(default_factory=dict)
    demo_only: bool = False

    def command(self, values: Mapping[str, str]) -> list[str]:
        return fill(self.argv, values)


def fill(argv: tuple[str, ...], values: Mapping[str, str]) -> list[str]:
    """Put values into the placeholders."""
    return [word.format_map(values) for word in argv]


def _celery_worker(node: str, queues: str, threads: int) -> tuple[str, ...]:
    # Gossip and mingle only make workers talk to each other: slower starts, no use.
    return (
        *("celery", "-A", "clinic", "worker", "-Q", queues, "-P", "threads"),
        *("-c", str(threads), "-n", f"{node}@%h", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
    )


def _supervisor(number: int) -> Process:
    return Process(
        name=f"supervisor-{number}",
        argv=_celery_worker(f"supervisor{number}", "supervision", 2),
        stop_rank=STOP_SUPERVISORS,
        stop_deadline_s=15,
        environment=SUPERVISOR_ENVIRONMENT,
    )


SIMULATORS = Process(
    name="simulators",
    argv=(
        *("python", "-m", "devices.simulator"),
        *("--config", "{data}/simulators.json"),
        *("--ports", "{data}/simulators.ports.json"),
        *("--state", "{data}/simulators", "--speed", "{speed}"),
    ),
    stop_rank=STOP_SIMULATORS,
    stop_deadline_s=5,
    demo_only=True,
)
WEB = Process(
    name="web",
    argv=(
        *("granian", "--interface", "asgi", "clinic.asgi:application"),
        *("--host", "{host}", "--port", "{port}", "--workers", "1"),
        # Open event streams would else hold up the stop for ever.
        *("--workers-kill-timeout", "3"),
        *("--static-path-route", "/static", "--static-path-mount", "{static}"),
        # File names carry no hash: a browser must ask again after an upgrade.
        *("--static-path-expires", "0"),
    ),
    stop_rank=STOP_WEB,
    stop_deadline_s=10,
    environment=WEB_ENVIRONMENT,
)
WORKER = Process(
    name="worker",
    argv=_celery_worker("tasks", "dispatch,celery", 4),
    stop_rank=STOP_WORKER,
    stop_deadline_s=15,
)
BEAT = Process(
    name="beat",
    argv=(
        *("celery", "-A", "clinic", "beat"),
        *("-s", "{data}/beat-schedule", "--loglevel", "INFO"),
        *("--pidfile", ""),  # ours verifies identity; celery's refuses after a crash
    ),
    stop_rank=STOP_BEAT,
    stop_deadline_s=10,
)
APPLICATION = (WEB, WORKER, _supervisor(1), _supervisor(2), BEAT)
