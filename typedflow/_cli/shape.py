"""``typedflow shape``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from typedflow._cli import shape_file
from typedflow._cli.completion import complete_target
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.flows_by_slug import flows_by_slug
from typedflow._cli.standard_output import print_to_stderr, write_output
from typedflow._cli.stop import stopping_immediately
from typedflow._definition.shape_comparison import differences
from typedflow._text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator


class ChangedShape(Failure):
    """Ends ``shape --check`` with the exit code 1: the file is out of date."""

    exit_code = 1


@click.command(epilog=EXIT_CODES)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=complete_target)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write the shapes to this file instead."
)
@click.option(
    "--check",
    "committed",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Write nothing. Say what differs from this file, what that means for unfinished runs, and fail if "
    "anything does.",
)
def shape(targets: tuple[str, ...], output: str | None, committed: str | None) -> None:
    """Print the shape of each flow TARGET: its steps, and the types of what its runs store, as JSON.

    A TARGET without a name stands for all flows of its module. Commit the file, and have CI check it: a change of the
    flow then says which unfinished runs cannot be resumed any more, before it is deployed.
    """
    if output is not None and committed is not None:
        raise click.UsageError("-o writes the file that --check compares. Use one of them.")
    with print_to_stderr(), stopping_immediately():
        shapes = shape_file.shapes_of(flows_by_slug(targets))
    if committed is not None:
        _check(targets, committed, shapes)
    elif output is not None:
        shape_file.write(output, shape_file.written(shapes))
    else:
        write_output(shape_file.written(shapes))


def _check(targets: tuple[str, ...], committed: str, shapes: dict[str, Any]) -> None:
    before = shape_file.read(committed)
    if shape_file.written(before) == shape_file.written(shapes):
        return
    changes = list(_changes(before, shapes))
    write_output("".join(escaped(line) + "\n" for line, _ in changes))
    is_safe = all(is_safe for _, is_safe in changes)
    verdict = "Every unfinished run can be resumed." if is_safe else "Some unfinished runs may not be resumed."
    command = " ".join(["typedflow shape", *targets, "-o", "FILE" if committed == "-" else committed])
    raise ChangedShape(f'{committed} is out of date. {verdict} Run "{command}" and commit the result.')


def _changes(before: dict[str, Any], shapes: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Give the lines that say what has changed, and whether each of them is safe for unfinished runs."""
    for slug in sorted(before.keys() | shapes.keys()):
        if slug not in shapes:
            yield f'flow "{slug}" is gone', False
            yield "  refused for every unfinished run", False
        elif slug not in before:
            yield f'flow "{slug}" is new', True
        elif shape_file.written(before[slug]) != shape_file.written(shapes[slug]):
            yield f'flow "{slug}"', True
            found = differences(before[slug], shapes[slug])
            for difference in found:
                yield f"  {difference.sentence}", True
                yield f"    {difference.effect}", not difference.refused
            if not found:
                yield "  only the order of its steps or dependencies has changed", True
                yield "    safe for every unfinished run", True
