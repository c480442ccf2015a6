"""The file that ``typedflow shape`` writes: the shapes of flows, as JSON that shows well what has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from typedflow._cli.failure import Failure
from typedflow._definition.shape import shape_of
from typedflow.exceptions import FlowDefinitionError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition

_VERSION: Final = 1
# What fits in a line of this length is written in one, so that a change of a step is a change of few lines.
_WIDTH: Final = 100


def shapes_of(flows: dict[str, FlowDefinition]) -> dict[str, Any]:
    """Return the shapes of flows by slug, each as an object of JSON.

    Raises:
        Failure: A declared type is not valid.
    """
    try:
        return {slug: json.loads(shape_of(definition)) for slug, definition in flows.items()}
    except FlowDefinitionError as error:
        raise Failure(f"{error}", error=error) from error


def written(shapes: dict[str, Any]) -> str:
    """Return the text of the file."""
    return _laid_out({"version": _VERSION, "flows": shapes}, "") + "\n"


def write(path: str, text: str) -> None:
    """Write the file.

    Raises:
        Failure: It cannot be written.
    """
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {path}", err=True)


def read(path: str) -> dict[str, Any]:
    """Read the shapes from the file, or from standard input if the path is ``-``.

    Raises:
        Failure: It cannot be read, or is not such a file.
    """
    wrong = f"{path} is not a file that typedflow shape has written"
    try:
        with click.open_file(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Failure(f"{wrong}: it is not JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("flows"), dict):
        raise Failure(f"{wrong}.")
    version = content.get("version")
    if version != _VERSION or any(not _is_shape(shape) for shape in content["flows"].values()):
        raise Failure(f"{wrong}, or another version of typedflow has written it. Write it again with -o {path}.")
    shapes: dict[str, Any] = content["flows"]
    return shapes


def _is_shape(shape: Any) -> bool:
    if not isinstance(shape, dict) or shape.get("version") != _VERSION or "input" not in shape:
        return False
    steps = shape.get("steps")
    needed = {"slug", "kind", "depends_on", "output"}
    return isinstance(steps, list) and all(isinstance(step, dict) and needed <= step.keys() for step in steps)


def _laid_out(value: Any, indent: str) -> str:
    line = json.dumps(value)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(part, inner)}" for key, part in value.items()]
    else:
        parts = [_laid_out(part, inner) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    listed = ",\n".join(inner + part for part in parts)
    return f"{opening}\n{listed}\n{indent}{closing}"
