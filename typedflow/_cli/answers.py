"""mypy's answers, kept until a file changes that they depend on.

mypy's own cache spares the checking and not the start: with it an unchanged project still takes most of a second.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typedflow_mypy.stubs.mypy_run import Checked

_CONFIGURATIONS = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")
_VARIABLES = ("MYPYPATH", "MYPY_CACHE_DIR", "MYPY_CONFIG_FILE_DIR", "VIRTUAL_ENV", "XDG_CONFIG_HOME", "HOME")


def answers(question: list[str], ask: Callable[[], Checked]) -> list[str]:
    """Return what mypy says, from the last time if nothing has changed since.

    Args:
        question: What tells this question from others that are asked in this folder.
        ask: Asks mypy.
    """
    given = json.dumps([sys.executable, *(os.environ.get(name) for name in _VARIABLES), *question])
    kept = Path(".mypy_cache", "typedflow", f"check.{sha256(given.encode()).hexdigest()[:16]}.json")
    try:
        found = json.loads(kept.read_text("utf-8"))
        if _state(found["state"]) == found["state"]:
            return [str(message) for message in found["messages"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    checked = ask()
    with suppress(OSError):  # in a folder that is only read, every answer is a new one
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"state": _state(_depended_on(checked)), "messages": checked.messages}), "utf-8")
    return checked.messages


def _depended_on(checked: Checked) -> set[str]:
    """The files that mypy read, their folders, for a file that is added, and what mypy and the plugin are."""
    read = {os.path.abspath(module.path) for module in checked.modules.values() if module.path}  # noqa: PTH100
    folders = {str(folder) for file in read for folder in _folders(Path(file))}
    return {*read, *folders, *_tools(), *(os.path.abspath(name) for name in _CONFIGURATIONS)}  # noqa: PTH100


def _folders(file: Path) -> Iterator[Path]:
    """The folder of a module, and those of the packages that it is in."""
    folder = file.parent
    yield folder
    while (folder / "__init__.py").exists():
        folder = folder.parent
        yield folder


def _tools() -> Iterator[str]:
    for package in ("mypy", "typedflow_mypy"):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
            yield from map(str, Path(folder).rglob("*.py"))


def _state(paths: Iterable[str]) -> dict[str, list[int]]:
    """When each was changed, and its size; of one that is not there nothing."""
    state = {}
    for path in sorted(paths):
        try:
            found = os.stat(path)  # noqa: PTH116  there are a thousand, and a Path of each takes as long again
        except OSError:
            state[path] = [0, 0]
        else:
            state[path] = [found.st_mtime_ns, found.st_size]
    return state
