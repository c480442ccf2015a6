"""Loads the flow that is the target of a command."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure, Stopped
from typedflow._text import in_one_line, nearest, quoted
from typedflow.exceptions import FlowDefinitionError
from typedflow.flow import Flow

if TYPE_CHECKING:
    from types import ModuleType


def load_flow(target: str) -> Flow[Any, Any]:
    """Import the module of ``path/to/file.py:NAME`` or ``package.module:NAME``, and return its flow of that name.

    The name can be left out if the module has only one flow. This prepends the current folder, and the folder of the
    file, to ``sys.path``.

    Raises:
        Failure: The target is not a flow, or its module raised when it was imported.
    """
    place, module, name = _module_of(target)
    flows = list(flows_in(module))
    if not name:
        if len(flows) != 1:
            raise Failure(f'the target "{target}" does not say which flow. Write {place}:NAME. {_listed(flows)}')
        name = flows[0]
    try:
        value = getattr(module, name)
    except AttributeError:
        suggestion = nearest(name, flows)
        advice = f'Did you mean "{suggestion}"?' if suggestion else _listed(flows)
        raise Failure(f'"{place}" has no "{name}". {advice}') from None
    except Exception as error:  # the module has a __getattr__ of its own
        raise Failure(f'reading "{name}" from "{place}" raised {in_one_line(error)}', error=error) from error
    if not isinstance(value, Flow):
        raise Failure(f'"{name}" in "{place}" is of type {type(value).__name__}, not Flow. {_listed(flows)}')
    return value


def load_flows(target: str) -> list[Flow[Any, Any]]:
    """Return the flow that a target names, or all flows of its module if it names none.

    Raises:
        Failure: As for `load_flow`, or the module has no flow.
    """
    place, module, name = _module_of(target)
    flows = list(flows_in(module).values())
    if name:
        return [load_flow(target)]
    if not flows:
        raise Failure(f'the target "{place}" has no flow. {_listed([])}')
    return flows


def _module_of(target: str) -> tuple[str, ModuleType, str]:
    """Import the module of a target, and return what names it, the module, and the name of the flow."""
    place, colon, name = target.rpartition(":")
    if not colon or target.endswith(".py"):
        place, name = target, ""
    if not place or (colon and not name and place != target):
        raise Failure(f'the target "{target}" is not of the form path/to/file.py:NAME or package.module:NAME.')
    return place, load_module(place), name


def flows_in(module: ModuleType) -> dict[str, Flow[Any, Any]]:
    """Return the flows of a module, by the names of its variables."""
    return {name: value for name, value in list(vars(module).items()) if isinstance(value, Flow)}


def _listed(flows: list[str]) -> str:
    if not flows:
        return 'It has no flow. Define one: NAME = Flow("slug", InputType).step(...).'
    return f"Its flow is {quoted(flows)}." if len(flows) == 1 else f"Its flows are {quoted(flows)}."


def load_module(place: str) -> ModuleType:
    """Import the module that a path or a name stands for.

    Raises:
        Failure: There is no such module, or it raised when it was imported.
    """
    try:
        _import_from(Path.cwd())
    except OSError as error:
        raise Failure(f"the current folder cannot be read: {error.strerror}.") from error
    is_file = place.endswith(".py") or "/" in place or "\\" in place
    if is_file:
        _check_file(place)
    elif not all(part.isidentifier() for part in place.split(".")):
        raise Failure(f'"{place}" is neither the name of a module nor a path that ends in .py.')
    try:
        return _load_file(Path(place).resolve()) if is_file else import_module(place)
    except FlowDefinitionError as error:
        raise Failure(f"{error}", error=error) from error
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and not is_file and _is_within(place, error.name):
            raise Failure(f'there is no module "{error.name}". {_where_else(place)}') from None
        raise Failure(f'importing "{place}" raised {in_one_line(error)}', error=error) from error


def _check_file(place: str) -> None:
    if os.path.isdir(place):  # noqa: PTH112  unlike Path's, it does not raise if the name is too long
        raise Failure(f'"{place}" is a folder. Name a Python file in it: {Path(place, "FILE.py")}:NAME.')
    if not os.path.exists(place):  # noqa: PTH110  as above
        raise Failure(f'the file "{place}" does not exist.')
    if not place.endswith(".py"):
        raise Failure(f'the file "{place}" is not a Python file: its name does not end in .py.')


def _is_within(place: str, missing: str | None) -> bool:
    """Whether a module that is missing is the one of the target, or a package around it."""
    return missing is not None and f"{place}.".startswith(f"{missing}.")


def _where_else(place: str) -> str:
    """Say where modules are searched for, and which file may be meant: one below a folder such as ``src``."""
    path = place.replace(".", "/")
    found = sorted(file for end in (".py", "/__init__.py") for file in Path().glob(f"*/{path}{end}"))
    advice = "Modules are searched for in the current folder and among the installed packages."
    return f"{advice} Name the file instead: {found[0].as_posix()}:NAME." if found else advice


def _load_file(path: Path) -> ModuleType:
    folder, name = path.parent, path.stem
    _import_from(folder)
    while (folder / "__init__.py").is_file():
        folder, name = folder.parent, f"{folder.name}.{name}"
    if "." in name:  # a module of a package may have relative imports
        _import_from(folder)
        return import_module(name)
    if (loaded := _loaded_from(path)) is not None:
        return loaded
    if name in sys.modules:  # a file called json.py must not replace the module json
        name = f"{name}_target"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python has no loader for {path}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _loaded_from(path: Path) -> ModuleType | None:
    """Return the module that was loaded from a file already: what gives a flow's resources may stand beside it."""
    modules = list(sys.modules.values())
    return next((module for module in modules if getattr(module, "__file__", None) == str(path)), None)


def _import_from(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
