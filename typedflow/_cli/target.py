"""Loads the flow that is the target of a command."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure
from typedflow._text import nearest, quoted
from typedflow.exceptions import FlowDefinitionError
from typedflow.flow import Flow

if TYPE_CHECKING:
    from types import ModuleType


def load_flow(target: str) -> Flow[Any, Any]:
    """Import the module of ``path/to/file.py:NAME`` or ``package.module:NAME``, and return its flow of that name.

    This prepends the current folder, and the folder of the file, to ``sys.path``.

    Raises:
        Failure: The target is not a flow, or its module raised when it was imported.
    """
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise Failure(f'the target "{target}" is not of the form path/to/file.py:NAME or package.module:NAME.')
    module = _load_module(place)
    flows = [found for found, value in vars(module).items() if isinstance(value, Flow)]
    try:
        value = getattr(module, name)
    except AttributeError:
        suggestion = nearest(name, flows)
        advice = f'Did you mean "{suggestion}"?' if suggestion else _listed(flows)
        raise Failure(f'"{place}" has no "{name}". {advice}') from None
    if not isinstance(value, Flow):
        raise Failure(f'"{name}" in "{place}" is of type {type(value).__name__}, not Flow. {_listed(flows)}')
    return value


def _listed(flows: list[str]) -> str:
    if not flows:
        return 'It has no flow. Define one: NAME = Flow("slug", InputType).step(...).'
    return f"Its flow is {quoted(flows)}." if len(flows) == 1 else f"Its flows are {quoted(flows)}."


def _load_module(place: str) -> ModuleType:
    _import_from(Path.cwd())
    is_file = place.endswith(".py") or "/" in place or "\\" in place
    if is_file and not Path(place).is_file():
        raise Failure(f'the file "{place}" does not exist.')
    if is_file and not place.endswith(".py"):
        raise Failure(f'the file "{place}" is not a Python file: its name does not end in .py.')
    if not is_file and not all(part.isidentifier() for part in place.split(".")):
        raise Failure(f'"{place}" is neither the name of a module nor a path that ends in .py.')
    try:
        return _load_file(Path(place).resolve()) if is_file else import_module(place)
    except FlowDefinitionError as error:
        raise Failure(f"{error}", error=error) from error
    except ModuleNotFoundError as error:
        if not is_file and error.name is not None and f"{place}.".startswith(f"{error.name}."):
            advice = "Modules are searched for in the current folder and among the installed packages."
            raise Failure(f'there is no module "{error.name}". {advice}') from None
        raise _raised(place, error) from error
    except (Exception, SystemExit) as error:
        raise _raised(place, error) from error


def _raised(place: str, error: BaseException) -> Failure:
    return Failure(f'importing "{place}" raised {type(error).__name__}: {error}', error=error)


def _load_file(path: Path) -> ModuleType:
    folder, name = path.parent, path.stem
    _import_from(folder)
    while (folder / "__init__.py").is_file():
        folder, name = folder.parent, f"{folder.name}.{name}"
    if "." in name:  # a module of a package may have relative imports
        _import_from(folder)
        return import_module(name)
    if name in sys.modules:  # a file called json.py must not replace the module json
        name = f"{name}_target"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python has no loader for {path}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _import_from(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
