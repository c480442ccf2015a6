"""A run of mypy with the plugin, even if the user's configuration does not have it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mypy import build, errors, main

from typedflow_mypy.hooks import TypedflowPlugin
from typedflow_mypy.model.recording import recording

if TYPE_CHECKING:
    from mypy.nodes import MypyFile
    from mypy.options import Options

    from typedflow_mypy.model.recording import RecordedStep


_NAMES: Final = {"typedflow", "typedflow.mypy", "typedflow_mypy"}


class CheckError(Exception):
    """mypy could not check the files; the message says why."""


@dataclass(frozen=True)
class Checked:
    """What a run of mypy found.

    Attributes:
        messages: Its lines.
        steps: The steps of the files.
        modules: All modules by name.
        targets: Paths of the modules that were asked for, by name.
        has_plugin: Whether the user's configuration of mypy has the plugin.
        configuration: The file that mypy reads its configuration from; None if there is none.
    """

    messages: list[str]
    steps: list[RecordedStep]
    modules: dict[str, MypyFile]
    targets: dict[str, Path]
    has_plugin: bool
    configuration: str | None


def check(arguments: list[str]) -> Checked:
    """Check some files with the user's configuration, with the plugin added to it if it is missing.

    Args:
        arguments: mypy's own, as on its command line.

    Raises:
        CheckError: mypy cannot begin, or a file cannot be parsed.
    """
    said = io.StringIO()
    try:
        sources, options = main.process_options(["--no-error-summary", *arguments], stdout=said, stderr=said)
    except SystemExit as error:
        message = said.getvalue().strip().rpartition("mypy: error: ")[2]  # without how mypy itself is called
        raise CheckError(message or str(error)) from None
    options.cache_dir = str(Path(options.cache_dir, "typedflow"))
    targets = {source.module: Path(source.path) for source in sources if source.path is not None}
    with recording(frozenset(targets)) as recorded:
        has_plugin = _has_plugin(options)
        own = [] if has_plugin else [TypedflowPlugin(options)]
        try:
            result = build.build(sources, options, extra_plugins=own, stdout=said, stderr=said)
        except errors.CompileError as error:
            raise CheckError("\n".join(map(_as_text, error.messages))) from None
    return Checked(result.errors, recorded.steps, dict(result.files), targets, has_plugin, options.config_file)


def _as_text(message: str) -> str:
    """One of mypy's lines, which may be JSON, as text."""
    if not message.startswith("{"):
        return message
    found = json.loads(message)
    return f"{found['file']}:{found['line']}: {found['severity']}: {found['message']}"


def _has_plugin(options: Options) -> bool:
    """Whether the user's configuration names the plugin, with or without its function: ``typedflow.mypy:plugin``."""
    return any(name.partition(":")[0] in _NAMES for name in options.plugins)
