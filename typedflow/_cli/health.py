"""Shows a supervisor whether a worker is alive: at an address, or by a file."""

from __future__ import annotations

import json
import math
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedflow._cli.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.engines.pgflow import PgflowWorker


@contextmanager
def health(worker: PgflowWorker, place: str | None) -> Iterator[None]:
    """Show while the context is entered whether a worker is alive.

    Args:
        worker: The worker.
        place: A port, of 127.0.0.1, a host with a port, or a file; None for nothing.

    Raises:
        Failure: The address is not free, or the file cannot be written.
    """
    if place is None:
        yield
        return
    host, _, port = place.rpartition(":")
    if port.isdigit():
        with _served(worker, host or "127.0.0.1", int(port)):
            yield
    else:
        with _touched(worker, Path(place)):
            yield


@contextmanager
def _served(worker: PgflowWorker, host: str, port: int) -> Iterator[None]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            age, is_alive = worker.heartbeat_age, worker.is_alive
            body: dict[str, Any] = {
                "status": "ok" if is_alive else "lost",
                "heartbeat_age": round(age, 1) if age < math.inf else None,
            }
            text = json.dumps(body).encode()
            self.send_response(200 if is_alive else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    try:
        server = ThreadingHTTPServer((host, port), Answer)
    except OSError as error:
        raise Failure(f"--health {host}:{port} cannot be used: {error.strerror or error}.") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="typedflow health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _touched(worker: PgflowWorker, file: Path) -> Iterator[None]:
    try:
        file.touch()
    except OSError as error:
        raise Failure(f'--health "{file}" cannot be written: {error.strerror}.') from error

    def touch() -> None:
        with suppress(OSError):
            file.touch()

    worker.on_beat = touch
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
