"""The ways of asking mypy about the modules in a folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from mypy.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIGURATION = """
[mypy]
strict = True
# What the daemon always does, and the others do by themselves only from mypy 2.0 on.
local_partial_types = True
# The daemon forgets an unused comment in a function that it checks alone (so does mypy's own).
warn_unused_ignores = False
# Nor does it look again for names that are used too early.
disable_error_code = used-before-def
"""
WITH_PLUGIN = f"{CONFIGURATION}plugins = typedflow.mypy\n"
# What the modules of the project import.
LIBRARIES = "import collections.abc, dataclasses, functools, trio, typedflow, typing"
_CRASHED = "mypy crashed"
_OPTIONS = ("--no-error-summary", "--show-traceback")


class Folder:
    """The modules that mypy is asked about.

    Attributes:
        modules: Where they are.
        libraries: A cache of what they import from elsewhere.
        state: Where modes may keep what they want, each under its name.
    """

    def __init__(self, path: Path, configuration: str, libraries: Path) -> None:
        self.modules = path / "modules"
        self.libraries = libraries
        self.state = path
        self.modules.mkdir()
        (self.modules / "mypy.ini").write_text(configuration, "utf-8")
        if not libraries.exists():
            said(self.modules, "mypy", "-c", LIBRARIES, "--cache-dir", str(libraries))
        self._sources: dict[str, str] = {}
        self._revision = 0

    def write(self, sources: Mapping[str, str]) -> None:
        """Make the modules these."""
        self._revision += 1
        for name in self._sources.keys() - sources.keys():
            (self.modules / name).unlink()
        for name, source in sources.items():
            if self._sources.get(name) != source:
                file = self.modules / name
                file.write_text(source, "utf-8")
                # mypy takes a file for unchanged that has the size of before and was written in the same second.
                os.utime(file, (self._revision, self._revision))
        self._sources = dict(sources)


class Mode:
    """One way of asking: with an empty cache, but for the libraries."""

    name = "cold"
    remembers = False

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._state = folder.state / self.name

    def ask(self) -> list[str]:
        """Return what mypy says of the modules as they are now."""
        return self._mypy()

    def _mypy(self, *options: str) -> list[str]:
        if not self.remembers or not self._state.exists():
            shutil.rmtree(self._state, ignore_errors=True)
            shutil.copytree(self._folder.libraries, self._state)
        return said(self._folder.modules, "mypy", ".", "--cache-dir", str(self._state), *_OPTIONS, *options)

    def forget(self) -> None:
        """Forget the questions before; the modules are others now."""
        shutil.rmtree(self._state, ignore_errors=True)

    def stop(self) -> None:
        """End what runs on between two questions."""


class Workers(Mode):
    """With an empty cache, in two processes."""

    name = "workers"

    def ask(self) -> list[str]:
        answer = self._mypy("--num-workers", "2")
        # They have but seconds to start, too few on a machine with much to do.
        while any("Cannot connect to build worker" in line for line in answer):
            answer = self._mypy("--num-workers", "2")
        return answer


class Warm(Mode):
    """With the cache that the question before has left."""

    name = "warm"
    remembers = True


class Daemon(Mode):
    """By a daemon that runs on; where it has crashed, another is started."""

    name = "dmypy"
    remembers = True

    def ask(self) -> list[str]:
        command = ["mypy.dmypy", "--status-file", str(self._state)]
        if not self._state.exists():
            said(self._folder.modules, *command, "start", "--timeout", "600", "--", *_OPTIONS)
        return said(self._folder.modules, *command, "check", ".")

    def forget(self) -> None:
        # Another daemon would need seconds to start; this one forgets modules that are gone.
        self.ask()

    def stop(self) -> None:
        with suppress(OSError):
            os.kill(json.loads(self._state.read_text("utf-8"))["pid"], signal.SIGKILL)


def said(folder: Path, *command: str) -> list[str]:
    """Return the lines that one of mypy's commands prints: sorted, or after a crash as they are, below its status."""
    done = subprocess.run(  # noqa: S603  a module of mypy
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    # mypy explains missing imports once, at the one that it meets first.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.endswith("#missing-imports")]
    return sorted(lines) if done.returncode in {0, 1} else [f"{_CRASHED} with status {done.returncode}", *lines]


def crashed(answer: list[str]) -> bool:
    """Whether an answer is that of a crash."""
    return any(line.startswith(_CRASHED) for line in answer)


# mypy has workers from 2.0 on.
_CLASSES = (Mode, Warm, Daemon, *([Workers] if hasattr(Options(), "num_workers") else []))
MODES = {mode.name: mode for mode in _CLASSES}
