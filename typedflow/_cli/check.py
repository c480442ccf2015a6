"""``typedflow check``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.mypy_cache import cached_report
from typedflow._cli.mypy_run import check_files
from typedflow._cli.standard_output import write_output
from typedflow._text import counted

Format = Literal["text", "json", "github"]


@dataclass(frozen=True)
class Finding:
    """A mistake, or a note, and its place. Lines and columns count from 1.

    Attributes:
        code: An error code of typedflow or mypy.
    """

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str

    @classmethod
    def from_json(cls, text: str) -> Finding:
        """Read one line of the JSON that mypy prints."""
        fields = json.loads(text)
        message = "\n".join(filter(None, [fields["message"], fields["hint"]]))
        line, column = max(fields["line"], 1), max(fields["column"], 0) + 1
        return cls(fields["file"], line, column, fields["severity"], fields["code"] or "", message)

    @property
    def is_own(self) -> bool:
        """Whether the plugin reported it, rather than mypy itself."""
        return self.code.startswith("typedflow-")


@click.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Also show what mypy itself finds.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="Output format; github annotates a pull request.",
)
def check(paths: tuple[Path, ...], output_format: Format, *, everything: bool) -> None:
    """Check the wiring of the flows in PATHS, which are files or folders.

    It is for users of a type checker other than mypy. It needs no configuration, but reads mypy's if there is one.
    """
    report = cached_report([str(path) for path in paths], lambda: check_files(list(paths), ["--output=json"]))
    findings = [finding for finding in map(Finding.from_json, report.messages) if everything or finding.is_own]
    write_output(_FORMATTERS[output_format](findings))
    mistakes = sum(finding.severity == "error" for finding in findings)
    if output_format == "text":
        click.echo(f"Found {counted(mistakes, 'mistake')}." if mistakes else "No mistake found.", err=True)
        if not report.has_plugin:
            click.echo(_without_plugin(report.configuration), err=True)
    raise SystemExit(1 if mistakes else 0)


def _without_plugin(configuration: str | None) -> str:
    """Say that mypy does not check flows on its own, and what to write into its configuration."""
    if configuration is None:
        return (
            "If you use mypy too: it does not check flows here, because it has no configuration. "
            'Write plugins = ["typedflow.mypy"] under [tool.mypy] in pyproject.toml.'
        )
    is_toml = configuration.endswith(".toml")
    section, value = ("[tool.mypy]", '["typedflow.mypy"]') if is_toml else ("[mypy]", "typedflow.mypy")
    return (
        f"mypy itself does not check flows, because {configuration} lacks the plugin. "
        f"Write plugins = {value} under {section} there, or add typedflow.mypy to the plugins that it has."
    )


def _text(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        code = f"  [{finding.code}]" if finding.code else ""
        lines.append(f"{finding.file}:{finding.line}:{finding.column}: {finding.severity}: {finding.message}{code}\n")
    return "".join(lines)


def _json(findings: list[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"


def _github(findings: list[Finding]) -> str:
    """Return GitHub's workflow commands, in which some characters are escaped as in a URL."""
    lines = []
    for finding in findings:
        level = "error" if finding.severity == "error" else "notice"
        message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        file = finding.file.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
        place = f"file={file},line={finding.line},col={finding.column}"
        lines.append(f"::{level} {place},title={finding.code or 'mypy'}::{message}\n")
    return "".join(lines)


_FORMATTERS = {"text": _text, "json": _json, "github": _github}
