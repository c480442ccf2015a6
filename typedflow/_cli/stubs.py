"""``typedflow stubs``."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.mypy_run import check_files
from typedflow._cli.standard_output import write_output
from typedflow._text import counted

if TYPE_CHECKING:
    from typedflow_mypy.model.recording import RecordedStep
    from typedflow_mypy.stubs.mypy_run import Checked


class StaleModule(Failure):
    """Ends ``stubs --check`` with the exit code 1: a generated module is out of date."""

    exit_code = 1


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Write to this folder instead.")
@click.option("--check", is_flag=True, help="Write nothing. Show what would change, and fail if anything would.")
def stubs(paths: tuple[Path, ...], output: Path | None, *, check: bool) -> None:
    """Write the types of the flows in PATHS to modules, for all type checkers and editors.

    Each folder that defines flows gets a module _flow_types.py, with a TypedDict for the input of every step and for
    the outputs of every flow, as mypy infers them. Import them under TYPE_CHECKING, and commit the module. Your code is
    not imported or run.
    """
    checked = check_files(list(paths), [])
    mistakes = sum("[typedflow-" in message for message in checked.messages)
    if mistakes:
        found = f"Found {counted(mistakes, 'mistake')}; some types may be missing."
        click.echo(f"{found} Run typedflow check to see what is wrong.", err=True)
    stale = False
    for file, wanted in _modules(checked, paths, output).items():
        present = _read(file)
        if present == wanted:
            continue
        stale = True
        if check:
            write_output(_diff(file, present, wanted))
        else:
            _write(file, wanted)
    if check and stale:
        command = " ".join(["typedflow stubs", *map(str, paths), *(["--output", str(output)] if output else [])])
        raise StaleModule(f'The generated types are out of date. Run "{command}" and commit the result.')


def _modules(checked: Checked, paths: tuple[Path, ...], output: Path | None) -> dict[Path, str]:
    """Return the text of every generated module. It is empty for a module that should not exist any more."""
    from typedflow_mypy.stubs import module  # noqa: PLC0415  check_files has reported a missing mypy

    by_folder: dict[Path, list[RecordedStep]] = {path.parent: [] for path in checked.targets.values()}
    for step in checked.steps:
        by_folder[checked.targets[step.module.fullname].parent].append(step)
    modules = {}
    for folder, steps in sorted(by_folder.items()):
        file = Path(folder if output is None else output / _below(folder, paths), f"{module.MODULE}.py")
        if steps:
            modules[file] = module.source(steps, checked.modules)
        elif file.exists():
            modules[file] = ""
    return modules


def _below(folder: Path, paths: tuple[Path, ...]) -> Path:
    """Return the folder relative to the path under which it was found."""
    for path in paths:
        if folder.resolve().is_relative_to(path.resolve()):
            return folder.resolve().relative_to(path.resolve())
    return Path()


def _diff(file: Path, present: str, wanted: str) -> str:
    before, after = (text.splitlines(keepends=True) for text in (present, wanted))
    return "".join(unified_diff(before, after, str(file), f"{file} as it should be"))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from error


def _write(file: Path, wanted: str) -> None:
    try:
        if wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted, "utf-8")
        else:
            file.unlink()
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"{'Wrote' if wanted else 'Removed'} {file}", err=True)
