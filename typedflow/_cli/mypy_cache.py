"""A cache of what mypy reports. It is valid until a file changes that this depends on.

mypy has a cache of its own, but with it an unchanged project still takes most of a second: mypy has to start, and to
read all of its cache. With this one, mypy is not even imported.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typedflow_mypy.stubs.mypy_run import Checked

_CONFIGURATIONS = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")
_VARIABLES = ("MYPYPATH", "MYPY_CACHE_DIR", "MYPY_CONFIG_FILE_DIR", "VIRTUAL_ENV", "XDG_CONFIG_HOME", "HOME")


@dataclass(frozen=True)
class Report:
    """What a run of mypy has reported.

    Attributes:
        messages: Its lines.
        has_plugin: Whether the user's configuration of mypy has the plugin.
        configuration: The file that mypy read its configuration from; None if there is none.
    """

    messages: list[str]
    has_plugin: bool
    configuration: str | None


def cached_report(arguments: list[str], run_mypy: Callable[[], Checked]) -> Report:
    """Return what mypy reports: what its last run has reported, if nothing has changed since.

    Args:
        arguments: The arguments of the command. Each list of arguments has a cache of its own.
        run_mypy: Runs mypy with these arguments.
    """
    key = json.dumps([sys.executable, *(os.environ.get(name) for name in _VARIABLES), *arguments])
    file = Path(".mypy_cache", "typedflow", f"check.{sha256(key.encode()).hexdigest()[:16]}.json")
    try:
        cached = json.loads(file.read_text("utf-8"))
        if _state(cached["state"]) == cached["state"]:
            return Report(**cached["report"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    checked = run_mypy()
    report = Report(checked.messages, checked.has_plugin, checked.configuration)
    with suppress(OSError):  # in a folder that is read-only, nothing is cached
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"state": _state(_dependencies(checked)), "report": asdict(report)}), "utf-8")
    return report


def _dependencies(checked: Checked) -> set[str]:
    """Return the paths that the messages depend on.

    They are the files that mypy has read, the folders of these files (for a file that is added), the sources of mypy
    and the plugin, and the configuration.
    """
    read = {os.path.abspath(module.path) for module in checked.modules.values() if module.path}  # noqa: PTH100
    folders = {str(folder) for file in read for folder in _folders(Path(file))}
    configurations = {*_CONFIGURATIONS, checked.configuration or "mypy.ini"}
    return {*read, *folders, *_sources_of_mypy(), *(os.path.abspath(name) for name in configurations)}  # noqa: PTH100


def _folders(file: Path) -> Iterator[Path]:
    """Give the folder of a module, and the folders of the packages around it."""
    folder = file.parent
    yield folder
    while (folder / "__init__.py").exists():
        folder = folder.parent
        yield folder


def _sources_of_mypy() -> Iterator[str]:
    """Give the source files of mypy and the plugin, which another version changes."""
    for package in ("mypy", "typedflow_mypy"):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
            yield from map(str, Path(folder).rglob("*.py"))


def _state(paths: Iterable[str]) -> dict[str, list[int]]:
    """Return the modification time and the size of each path; zeros for a path that does not exist."""
    state = {}
    for path in sorted(paths):
        try:
            status = os.stat(path)  # noqa: PTH116  there are a thousand, and a Path for each takes twice as long
        except OSError:
            state[path] = [0, 0]
        else:
            state[path] = [status.st_mtime_ns, status.st_size]
    return state
