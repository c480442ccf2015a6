"""Runs mypy for a command. The extra ``typedflow[mypy]`` may not be installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.failure import Failure

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow_mypy.stubs.mypy_run import Checked


def check_files(paths: list[Path], options: list[str]) -> Checked:
    """Check files and folders with mypy and the plugin.

    Raises:
        Failure: mypy is not installed, or cannot check them.
    """
    try:
        from typedflow_mypy.stubs import mypy_run  # noqa: PLC0415  reports a missing extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mypy":
            raise
        raise Failure('This command needs mypy. Install it with pip install "typedflow[mypy]".') from None
    try:
        return mypy_run.check([*options, *map(str, paths)])
    except mypy_run.CheckError as error:
        raise Failure(str(error)) from None
