"""``typedflow list``."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import click

from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.standard_output import print_to_stderr, write_output
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.target import flows_in, load_module
from typedflow._definition.annotation_name import name_of
from typedflow._text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

Format: TypeAlias = Literal["text", "json"]


@dataclass(frozen=True)
class Found:
    """A flow that a module defines.

    Attributes:
        target: What ``typedflow run`` calls it.
        slug: Its slug.
        input_type: Name of its input type.
        steps: The slugs of its steps.
    """

    target: str
    slug: str
    input_type: str
    steps: list[str]


@click.command("list", epilog=EXIT_CODES)
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="Output format.",
)
def list_flows(places: tuple[str, ...], output_format: Format) -> None:
    """List the flows in each PLACE, with their input types and steps.

    A PLACE is a file, a module or a folder; by default, it is the current folder. In a folder, all files that mention
    Flow are imported. A flow that a module imports from another one is listed there only.
    """
    found: list[Found] = []
    problems: list[Failure] = []
    with print_to_stderr(), stopping_immediately():
        for module in [module for place in places or (".",) for module in _modules(place)]:
            try:
                found += _flows(module)
            except Failure as problem:
                problem.show()
                problems.append(problem)
    if output_format == "json":
        write_output(json.dumps([asdict(flow) for flow in found], indent=2, ensure_ascii=False) + "\n")
    else:
        write_output("".join(map(_described, found)))
        if not found and not problems:
            click.echo("No flow found.", err=True)
    if problems:
        raise SystemExit(2)


def _modules(place: str) -> Iterator[str]:
    """Give the modules of a place: itself, or the files of a folder that mention ``Flow``."""
    folder = Path(place)
    if not folder.is_dir():
        yield place
        return
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).parts
        if not any(part.startswith((".", "__pycache__")) or _is_environment(folder, part) for part in parts[:-1]):
            text = file.read_bytes()
            if b"Flow(" in text or b".step(" in text:
                yield file.as_posix()


def _is_environment(folder: Path, part: str) -> bool:
    return part in {"site-packages", "node_modules"} or (folder / part / "pyvenv.cfg").is_file()


def _flows(place: str) -> list[Found]:
    module = load_module(place)
    imported = _imported(getattr(module, "__file__", None))
    return [
        Found(
            f"{place}:{name}",
            flow.definition.slug,
            name_of(flow.definition.input_type),
            [step.slug for step in flow.definition.steps],
        )
        for name, flow in flows_in(module).items()
        if name not in imported
    ]


def _imported(file: str | None) -> set[str]:
    """Return the names that a module imports from others."""
    try:
        tree = ast.parse(Path(file or "").read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _described(flow: Found) -> str:
    steps = ", ".join(flow.steps[:10]) + (", ..." if len(flow.steps) > 10 else "")
    described = counted(len(flow.steps), "step") + (f": {steps}" if steps else "")
    return f'{flow.target}\n  flow "{flow.slug}" of {flow.input_type}, {described}\n'
