"""``typedflow check``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.mypy_cache import cached_messages
from typedflow._cli.mypy_run import check_files

Format = Literal["text", "json", "github"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where; lines and columns count from 1.

    Attributes:
        code: An error code of typedflow, or with ``--all`` one of mypy.
    """

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str

    @classmethod
    def of(cls, said: str) -> Finding:
        """Read one line of mypy's JSON."""
        found = json.loads(said)
        message = "\n".join(filter(None, [found["message"], found["hint"]]))
        line, column = max(found["line"], 1), max(found["column"], 0) + 1
        return cls(found["file"], line, column, found["severity"], found["code"] or "", message)

    @property
    def is_own(self) -> bool:
        """Whether typedflow found it, and not mypy."""
        return self.code.startswith("typedflow-")


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Show what mypy finds besides, too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="How to show it; github makes annotations of a pull request.",
)
def check(paths: tuple[Path, ...], form: Format, *, everything: bool) -> None:
    """Check how the flows in PATHS, files and folders, are wired.

    For those whose type checker is another than mypy: it needs no configuration, and reads mypy's if there is one.
    """
    said = cached_messages([str(path) for path in paths], lambda: check_files(list(paths), ["--output=json"]))
    found = [finding for finding in map(Finding.of, said) if everything or finding.is_own]
    click.echo(_SHOW[form](found), nl=False)
    wrong = sum(finding.severity == "error" for finding in found)
    if form == "text":
        click.echo(f"Found {wrong} mistake{'s' * (wrong != 1)}." if wrong else "No mistake found.", err=True)
    raise SystemExit(1 if wrong else 0)


def _text(found: list[Finding]) -> str:
    lines = []
    for finding in found:
        code = f"  [{finding.code}]" if finding.code else ""
        lines.append(f"{finding.file}:{finding.line}:{finding.column}: {finding.severity}: {finding.message}{code}\n")
    return "".join(lines)


def _json(found: list[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in found], indent=2, ensure_ascii=False) + "\n"


def _github(found: list[Finding]) -> str:
    """Write workflow commands, in which some characters are written as in a URL."""
    lines = []
    for finding in found:
        level = "error" if finding.severity == "error" else "notice"
        message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        file = finding.file.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
        place = f"file={file},line={finding.line},col={finding.column}"
        lines.append(f"::{level} {place},title={finding.code or 'mypy'}::{message}\n")
    return "".join(lines)


_SHOW = {"text": _text, "json": _json, "github": _github}
