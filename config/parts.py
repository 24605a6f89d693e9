"""Each part of the platform as one process that runs until it is told to stop."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from config import environment, flower_address, lifeline
from config.environment import Environment
from config.failures import CannotStart

GRACE_FOR_OPEN_REQUESTS = 4


def become(process: str) -> Environment:
    """Make this process that part: its name decides which role it logs in as. To be called before Django wakes."""
    os.environ["INTERLOCK_PROCESS"] = process
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    settings = environment.read()
    _require_servers(settings)
    lifeline.hold(settings.parent)
    return settings


def web(host: str, port: int) -> None:
    """The pages, the API and the sockets."""
    become("web")
    require_free(host, port)
    import uvicorn

    from agents import garbage
    from config.asgi import application

    garbage.settle()
    uvicorn.run(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_FOR_OPEN_REQUESTS,
    )


def dispatcher() -> None:
    become("dispatcher")
    _wake_django()
    import config.celery  # noqa: F401 - makes it the app that messages are sent with
    from tasks.dispatcher.loop import main

    main()


def worker(name: str, concurrency: int | None) -> None:
    settings = become("worker")
    _skip_checks()
    from config.celery import start_worker

    start_worker(name or settings.worker_name or f"worker-{os.getpid()}", concurrency or settings.worker_concurrency)


def beat() -> None:
    become("beat")
    _skip_checks()
    from config.celery import start_beat

    start_beat()


def flower() -> None:
    """Celery's pages, read-only, on an address that only the web process uses (see `config.flower_proxy`)."""
    settings = become("flower")
    from flower.views import monitor
    from tornado.web import authenticated

    from config.celery import app

    for page in (monitor.Metrics, monitor.Healthcheck):
        page.get = authenticated(page.get)  # Flower shows these two without its password
    # Through the environment: arguments can be read by everybody on the machine.
    os.environ["FLOWER_BASIC_AUTH"] = f"{flower_address.USER}:{flower_address.password(settings)}"
    options = {"url_prefix": flower_address.PREFIX, "read_only": "true", "conf": os.devnull, **_listen(settings)}
    app.start(["flower", *(f"--{name}={value}" for name, value in options.items())])


def _listen(settings: Environment) -> dict[str, str]:
    address = flower_address.address(settings)
    if address.startswith(flower_address.UNIX):
        path = address.removeprefix(flower_address.UNIX)
        flower_address.make_room(Path(path))
        return {"unix_socket": path}
    host, _, port = address.rpartition(":")
    return {"address": host, "port": port}


def migrate() -> None:
    become("manage")
    _wake_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)


def require_free(host: str, port: int) -> None:
    """Raises CannotStart if somebody listens on that address already, or if it is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise CannotStart(f"Port {port} on {host} cannot be used ({why}); give another one with --port.") from None


def _require_servers(settings: Environment) -> None:
    missing = [name.upper() for name in ("database_url", "redis_url", "secret_key") if not getattr(settings, name)]
    if missing:
        environment.stop(
            f"{' and '.join(missing)} must be set, "
            "or INTERLOCK_DATA must name the data folder of a running `interlock up`."
        )


def _skip_checks() -> None:
    """Celery would run Django's checks, which load every page and its forms; `migrate` has run them."""
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")


def _wake_django() -> None:
    import django

    django.setup()
