"""`StoredPlace`: where a run is stored, and the commands that continue it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedflow.exceptions import UnknownRunError

if TYPE_CHECKING:
    from typedflow._cli.run_options import RunOptions
    from typedflow.event import StepStatus
    from typedflow.stores import RunLog


@dataclass(frozen=True)
class StoredPlace:
    """A run in a store, as the command line names it.

    Attributes:
        store: The store.
        run_id: Identifier of the run.
        target: The flow.
        cipher: What names the user's cipher; None without one.
        options: The other options with which it is to be resumed, and their values.
    """

    store: RunLog
    run_id: str
    target: str
    cipher: str | None = None
    options: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: RunLog, run_id: str, target: str, options: RunOptions, cipher: str | None) -> StoredPlace:
        """Return the place of a run that was started or resumed with some options."""
        kept = [("--up-to", slug) for slug in options["up_to"]]
        named = [("--only", options["only"]), ("--resources", options["resources"])]
        kept += [(name, value) for name, value in named if value]
        return cls(store, run_id, target, cipher, tuple(part for pair in kept for part in pair))

    def ended_steps(self) -> dict[str, StepStatus]:
        """Return the statuses of the steps that have completed or were skipped before the run is resumed."""
        try:
            steps = self.store.steps(self.run_id)
        except UnknownRunError:  # it is a new run
            return {}
        return {step.step: step.status for step in steps if step.status in {"completed", "skipped"}}

    def resume_advice(self) -> list[str]:
        """Return lines that say how to resume the run; none if it cannot be resumed."""
        try:
            if not self.store.run(self.run_id).is_interrupted:
                return []
        except UnknownRunError:  # it was stopped before it began
            return []
        return ["The run is interrupted. Resume it with", f"  {self.resume_command}"]

    def retry_advice(self) -> list[str]:
        """Return lines that say how to retry the run; none if it has not failed."""
        try:
            if self.store.run(self.run_id).status not in {"failed", "cancelled"}:
                return []
        except UnknownRunError:
            return []
        retry = self._command("runs", "retry", self.run_id, self.target)
        return ["What has completed is kept. Retry the run with", f"  {retry}"]

    @property
    def resume_command(self) -> str:
        """The command that resumes the run."""
        return self._command("resume", self.target, self.run_id, options=self.options)

    def _command(self, *words: str, options: tuple[str, ...] = ()) -> str:
        cipher = [] if self.cipher is None else ["--cipher", self.cipher]
        return shlex.join(["typedflow", *words, "--store", self.store.name, *cipher, *options])
