"""Kill the run of ``word_counts.py`` while it downloads the fourth of six pages, resume it, and count the downloads.

The pages are those of a server in this program, which kills the run in place of an answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typing_extensions import override

COMMAND = str(Path(sys.executable).with_name("typedflow"))
TARGET = os.path.relpath(Path(__file__).with_name("word_counts.py"))
PAGES = {"/one": 100, "/two": 200, "/three": 300, "/four": 400, "/five": 500, "/six": 600}


def show(line: str) -> None:
    """Print a line, now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Site(BaseHTTPRequestHandler):
    """Serves the pages, and kills the first process that asks for the fourth one."""

    run: subprocess.Popen[bytes] | None = None

    def do_GET(self) -> None:
        """Serve a page, or kill the process that asks for it."""
        run = type(self).run
        if self.path == "/four" and run is not None:
            type(self).run = None
            run.kill()
            show(f"asked for {self.path}: killed the run")
            return
        show(f"served {self.path}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"word " * PAGES[self.path])

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: what was served is shown above."""


def typedflow(*arguments: str) -> subprocess.Popen[bytes]:
    """Start the command line as a user would, without its progress."""
    environment = os.environ | {"no_proxy": "127.0.0.1"}
    return subprocess.Popen([COMMAND, *arguments, "--quiet"], env=environment)  # noqa: S603  spelled above


def main() -> int:
    """Run, kill and resume it, and return the exit code of the last command."""
    with TemporaryDirectory() as folder, ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        urls = [f"http://127.0.0.1:{server.server_port}{page}" for page in PAGES]
        store = ["--store", str(Path(folder, "runs.db"))]
        show("$ typedflow run word_counts.py --store runs.db --run-id pages --input @urls.json")
        Site.run = typedflow("run", TARGET, *store, "--run-id", "pages", "--input", json.dumps(urls))
        Site.run.wait()
        show("$ typedflow resume word_counts.py pages --store runs.db")
        exit_code = typedflow("resume", TARGET, "pages", *store).wait()
        server.shutdown()
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
