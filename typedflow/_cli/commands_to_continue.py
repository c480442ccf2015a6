"""Commands that a message tells the user to type."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def resume_command(run_id: str, store: str, target: str = "TARGET", options: Sequence[str] = ()) -> str:
    """Return the command that resumes a run.

    Args:
        run_id: Identifier of the run.
        store: The file of the store.
        target: The flow.
        options: Other options, and their values.
    """
    return shlex.join(["typedflow", "resume", target, run_id, "--store", store, *options])


def retry_command(run_id: str, store: str, target: str = "TARGET") -> str:
    """Return the command that retries a run that has failed."""
    return shlex.join(["typedflow", "runs", "retry", run_id, target, "--store", store])
