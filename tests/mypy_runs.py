"""mypy in processes of its own, which know the libraries already.

A process does not give back the memory that mypy has used, so many runs in one process would need gigabytes. A process
of its own costs half a second. Without a cache every run would check the libraries first, for six seconds. They are
checked once for each configuration instead, and every run starts with a copy of that cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRICT = """\
[mypy]
plugins = typedflow.mypy
python_version = 3.11
strict = True
"""
DEFAULT = STRICT.replace("strict = True\n", "")
# -P, as a module in the folder may have the name of one in the standard library.
_MYPY = (sys.executable, "-P", "-m", "mypy", "--no-error-summary", "--show-traceback")
# What the programs of the tests import; what is missing here is checked in every run that imports it.
LIBRARIES = """\
import asyncio, collections, dataclasses, datetime, decimal, enum, functools, json, operator, pathlib, threading, typing
import pydantic, trio, typing_extensions, typedflow.engines.pgflow, typedflow.testing
"""


@dataclass(frozen=True)
class Mypy:
    """mypy, asked about the programs in folders.

    Attributes:
        libraries: A folder for the caches of the libraries. Several processes may share it.
        announce: Called with what takes long.
    """

    libraries: Path
    announce: Callable[[str], None]

    def check(self, folder: Path, configuration: str) -> str:
        """Return what mypy reports about the programs in a folder."""
        (folder / "mypy.ini").write_text(configuration, "utf-8")
        self.copy_libraries(configuration, folder / "cache")
        self.announce(f"checking {len(list(folder.glob('*.py')))} programs with mypy")
        return _run(folder, *_MYPY, ".", "--cache-dir", "cache")

    def copy_libraries(self, configuration: str, cache: Path) -> None:
        """Make a cache that knows the libraries under a configuration."""
        with self._known(configuration) as (folder, is_new):
            if is_new:
                (folder / "mypy.ini").write_text(configuration, "utf-8")
                _run(folder, *_MYPY, "-c", LIBRARIES, "--cache-dir", "cache")
        shutil.copytree(folder / "cache", cache)

    def copy_libraries_of_the_commands(self, cache: Path) -> None:
        """Make a cache that knows the libraries as `typedflow check` and `typedflow stubs` keep them."""
        with self._known("typedflow check") as (folder, is_new):
            if is_new:
                (folder / "libraries.py").write_text(LIBRARIES, "utf-8")
                _run(folder, str(Path(sys.executable).with_name("typedflow")), "check", "libraries.py")
        shutil.copytree(folder / ".mypy_cache", cache)

    @contextmanager
    def _known(self, configuration: str) -> Iterator[tuple[Path, bool]]:
        """A folder with a cache of the libraries, and whether this process has to make that cache first."""
        folder = self.libraries / hashlib.sha256(configuration.encode()).hexdigest()
        with (self.libraries / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            is_new = not folder.exists()
            if is_new:
                self.announce("checking the libraries with mypy")
                folder.mkdir()
            yield folder, is_new


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(  # noqa: S603  spelled above
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=600, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout
