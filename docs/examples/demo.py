"""Analyse a web page with ``analyze_website.py``, through the command line of typedflow.

Without an argument it needs no internet: it starts the standard library's documentation server on a free port of
this machine and analyses a page of it. With a URL it analyses that page.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("typedflow"))
TARGET = f"{Path(__file__).with_name('analyze_website.py')}:analyze_website"
PAGE = "topic?key=EXCEPTIONS"
REPORT = Path("build", "analyze_website.json")


@contextmanager
def documentation_server() -> Generator[str]:
    """Serve Python's documentation, yield the server's address, and always stop the server."""
    command = [sys.executable, "-u", "-m", "pydoc", "-n", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            first_line = server.stdout.readline() if server.stdout else ""
            address = re.search(r"http://\S+", first_line)
            if address is None:
                sys.exit("The documentation server did not start.")
            yield address.group()
        finally:
            server.kill()


def analyze(url: str) -> int:
    """Run the flow as a user would, show what it saved, and return its exit code."""
    flow_input = json.dumps({"url": url, "path": str(REPORT.resolve())})
    # A proxy that the environment names cannot reach an address of this machine.
    bypass = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    environment = os.environ | {"no_proxy": f"{bypass},127.0.0.1" if bypass else "127.0.0.1"}
    command = [COMMAND, "run", TARGET, "--input", flow_input]
    exit_code = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    if exit_code == 0:
        sys.stdout.write(f"\n{REPORT.read_text(encoding='utf-8')}\nSaved in {REPORT}\n")
    return exit_code


def main() -> int:
    """Analyse the URL given as the argument, or a page of the documentation server."""
    if len(sys.argv) > 1:
        return analyze(sys.argv[1])
    with documentation_server() as address:
        return analyze(address + PAGE)


if __name__ == "__main__":
    sys.exit(main())
