"""``typedflow run``."""

from __future__ import annotations

import codecs
import sys
from functools import partial
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

import click
import trio
from pydantic import ValidationError

from typedflow._cli.failure import EXIT_CODES, Failure, RunFailure
from typedflow._cli.json_output import encode_outputs
from typedflow._cli.progress import show_progress
from typedflow._cli.standard_output import print_to_stderr, write_output
from typedflow._cli.stop import run_until_stopped, stopping_immediately
from typedflow._cli.target import load_flow
from typedflow._definition import validation
from typedflow.exceptions import FlowDefinitionError, InvalidInputError, StepFailedError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition
    from typedflow.flow import Flow


@click.command(epilog=EXIT_CODES)
@click.argument("target")
@click.option(
    "--input",
    "source",
    metavar="JSON|@FILE|-",
    help="The flow input as JSON. @FILE reads it from a file, - from standard input. [default: null for a flow whose "
    "input type is None]",
)
@click.option(
    "--max-concurrency", type=click.IntRange(min=1), help="How many tasks may run concurrently. [default: no limit]"
)
def run(target: str, source: str | None, max_concurrency: int | None) -> None:
    """Run the flow TARGET, and write the outputs of its steps to standard output, as JSON.

    Everything else goes to standard error, including what the steps print.
    """
    with print_to_stderr():
        try:
            with stopping_immediately():
                flow = load_flow(target)
                flow_input = _flow_input(flow.definition, source)
            outputs = _outputs(flow, flow_input, max_concurrency)
        except (FlowDefinitionError, InvalidInputError) as error:
            raise Failure(str(error)) from error
        result, problems = encode_outputs(outputs)
    write_output(result)
    if problems:
        raise RunFailure("\n".join(f'flow "{flow.definition.slug}": {problem}' for problem in problems))


def _flow_input(definition: FlowDefinition, source: str | None) -> Any:
    if source is None:
        if definition.input_type in (None, NoneType):
            return None
        raise Failure(f"flow \"{definition.slug}\" needs a flow input. Give it as JSON: --input '...', @FILE or -.")
    text, origin = _read(source)
    try:
        return validation.decode_input(definition, text)
    except InvalidInputError as error:
        cause = error.__context__
        found = cause.errors(include_url=False)[0] if isinstance(cause, ValidationError) else None
        if found is None or found["type"] != "json_invalid" or found["loc"]:
            raise
        advice = " JSON puts strings and keys in double quotes." if text.strip() else " It is empty."
        raise Failure(f"{origin} is not JSON: {found['ctx']['error']}.{advice}") from None


def _read(source: str) -> tuple[str, str]:
    """Return the text that ``--input`` refers to, and what messages call it."""
    if not source.startswith("@") and source != "-":
        return source, "the text of --input"
    origin = "standard input" if source == "-" else f'the file "{source[1:]}"'
    if source == "-" and sys.stdin is None:
        raise Failure("--input: standard input is closed.")
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source[1:]).read_bytes()
    except OSError as error:
        raise Failure(f"--input: {origin} cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig"), origin
    except UnicodeDecodeError as error:
        is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        what = "it is UTF-16" if is_utf_16 else f"byte {error.start + 1} is not valid UTF-8"
        raise Failure(f"{origin} is not JSON: {what}. Write it in UTF-8.") from error


def _outputs(flow: Flow[Any, Any], flow_input: Any, max_concurrency: int | None) -> dict[str, Any]:
    try:
        with show_progress(flow.definition) as listener:
            work = partial(flow.run, flow_input, max_concurrency=max_concurrency, listeners=[listener])
            outputs: dict[str, Any] = trio.run(run_until_stopped, work)
            return outputs
    except StepFailedError as error:
        message = "\n".join([str(error), *getattr(error, "__notes__", ())])
        raise RunFailure(message, error=error.__cause__) from error
