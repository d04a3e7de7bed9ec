"""``tongxin serve`` and ``worker``: the pages, the API and the background jobs."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from tongxin.cli import start
from tongxin.kit.errors import UserError

PAGE_THREADS, CONNECTIONS = 1, 1024
JOBS_AT_ONCE = 3  # neither what deletes nor what waits for a gateway may hold up the minute's clocks
STREAMS_END_WITHIN = 3  # seconds that open event streams get when the server stops


def serve(
    port: Annotated[int | None, typer.Option(help="default TONGXIN_PORT or 8000")] = None,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    workers: Annotated[int | None, typer.Option(help="processes; default one a core, at most 4")] = None,
    with_worker: Annotated[bool, typer.Option("--worker/--no-worker", help="run background jobs too")] = True,
) -> None:
    """Serve the pages and the API, and run the background jobs."""
    start.start_database()
    start.migrate()
    run_server(host, port, workers, with_worker)


def worker() -> None:
    """Run the background jobs: clocks every minute, messages."""
    start.start_database()
    start.set_up()
    from django.core.management import call_command

    call_command("procrastinate", "worker", concurrency=JOBS_AT_ONCE)


def run_server(host: str, port: int | None, workers: int | None, with_worker: bool) -> None:
    """Serve until stopped. The database is up and current."""
    from django.conf import settings
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces, Loops

    connections.close_all()
    number = port or int(settings.PORT)
    _check_free(host, number)
    server = Granian(
        "tongxin.config.asgi:application", address=host, port=number, interface=Interfaces.ASGI,
        workers=workers or min(os.cpu_count() or 1, 4), runtime_threads=PAGE_THREADS, loop=Loops.asyncio,
        log_access=False, websockets=False, backlog=CONNECTIONS, workers_kill_timeout=STREAMS_END_WITHIN,
    )  # fmt: skip
    start.console.print(f"serving at http://{host}:{number}/")
    with _background(with_worker):
        server.serve()


def _check_free(host: str, port: int) -> None:
    """The server would share a port that another program has, and each would get some of the requests."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise UserError(f"port {port} of {host} is in use; stop the program there or choose another with --port") from None


@contextlib.contextmanager
def _background(wanted: bool) -> Iterator[None]:
    """A process of its own for the background jobs, which ends with the block."""
    process = subprocess.Popen([sys.executable, "-m", "tongxin", "worker"]) if wanted else None
    try:
        yield
    finally:
        if process:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
