"""`StoredPlace`: where a run is stored, and the commands that continue it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedflow.exceptions import UnknownRunError

if TYPE_CHECKING:
    from typedflow._cli.run_options import RunOptions
    from typedflow.stores import Store


@dataclass(frozen=True)
class StoredPlace:
    """A run in a store, as the command line names it.

    Attributes:
        store: The store.
        run_id: Identifier of the run.
        target: The flow.
        options: The options with which its commands are to be repeated, and their values.
    """

    store: Store
    run_id: str
    target: str
    options: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: Store, run_id: str, target: str, options: RunOptions, cipher: str | None) -> StoredPlace:
        """Return the place of a run that was started or resumed with some options."""
        kept = [("--up-to", slug) for slug in options["up_to"]]
        named = [("--only", options["only"]), ("--resources", options["resources"]), ("--cipher", cipher)]
        kept += [(name, value) for name, value in named if value]
        return cls(store, run_id, target, tuple(part for pair in kept for part in pair))

    def resume_advice(self) -> list[str]:
        """Return lines that say how to resume the run; none if it cannot be resumed."""
        try:
            if not self.store.run(self.run_id).is_interrupted:
                return []
        except UnknownRunError:  # it was stopped before it began
            return []
        return ["The run is interrupted. Resume it with", f"  {resume_command(self)}"]

    def retry_advice(self) -> list[str]:
        """Return lines that say how to retry the run; none if it has not failed."""
        try:
            if self.store.run(self.run_id).status not in {"failed", "cancelled"}:
                return []
        except UnknownRunError:
            return []
        retry = shlex.join(["typedflow", "runs", "retry", self.run_id, self.target, "--store", self.store.name])
        return ["What has completed is kept. Retry the run with", f"  {retry}"]


def resume_command(place: StoredPlace) -> str:
    """Return the command that resumes a run."""
    named = ["typedflow", "resume", place.target, place.run_id, "--store", place.store.name]
    return shlex.join([*named, *place.options])
