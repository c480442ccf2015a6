"""What has happened to a task, in the only text that pgflow's tables have for it: ``error_message``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from typedflow.stores import StoredError

_PREFIX: Final = "[typedflow] "
# What a message and a traceback are cut to: the text is read and written with every attempt.
_LONGEST: Final = 4000
_MOST_FAILURES: Final = 50

End: TypeAlias = Literal["failed", "cancelled", "interrupted", "timed_out"]
"""Why a task has ended for good: its attempts are used up, its run was cancelled, its workers died too often, or its
run took longer than its timeout."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed or was interrupted.

    Attributes:
        attempt: Number of the attempt, from 1; 0 if the task failed before its first one.
        started: Wall clock at which it started, in seconds since the epoch.
        ended: Wall clock at which it ended, or at which the interruption was noticed.
        delay: The retry delay that followed, in seconds; None if no other attempt did.
        error: The exception; None if its worker died.
    """

    attempt: int
    started: float
    ended: float
    delay: float | None = None
    error: StoredError | None = None


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """What has happened to a task. pgflow itself only counts how often it was claimed.

    Attributes:
        failures: The attempts that failed or were interrupted, oldest first.
        attempts: How many attempts have failed.
        interruptions: How often a worker died while it executed the task.
        returned: How often a worker that was stopped has given it back.
        end: Why it has ended for good; None before that.
        timeout: The timeout of its run, in seconds, if that has ended it; otherwise None.
        was_executed: Whether a worker executed it when its run was cancelled or timed out.
        is_waiting: Whether its condition was met, so that it waits for a delivery or for its start delay.
    """

    failures: tuple[Failure, ...] = ()
    attempts: int = 0
    interruptions: int = 0
    returned: int = 0
    end: End | None = None
    timeout: float | None = None
    was_executed: bool = False
    is_waiting: bool = False

    @classmethod
    def of(cls, error_message: str | None) -> TaskHistory:
        """Read what `text` has written. A text without it is that of another worker, such as pgflow's own."""
        _, line = _divided(error_message or "")
        try:
            fields: dict[str, Any] = json.loads(line or "")
            fields["failures"] = tuple(_failure(each) for each in fields["failures"])
            return cls(**fields)
        except (ValueError, TypeError, KeyError):
            return cls()

    def text(self, reason: str) -> str:
        """Return the text to store: a reason for people, and this history in one line below it."""
        kept = replace(self, failures=tuple(map(_cut, self.failures[-_MOST_FAILURES:])))
        readable = reason.replace("\x00", "?").encode(errors="backslashreplace").decode()
        return f"{readable}\n{_PREFIX}{json.dumps(asdict(kept))}"

    def given_back(self) -> TaskHistory:
        """Return this history with one more worker that was stopped and has given the task back."""
        return replace(self, returned=self.returned + 1)

    def failed(self, failure: Failure, end: End | None = None) -> TaskHistory:
        """Return this history with one more attempt that failed, or was interrupted if it has no error."""
        is_interruption = failure.error is None
        return replace(
            self,
            failures=(*self.failures, failure),
            attempts=self.attempts + (not is_interruption),
            interruptions=self.interruptions + is_interruption,
            end=end,
        )


def reason_of(error_message: str | None) -> str:
    """Return what `TaskHistory.text` was given for people, or all of another worker's text."""
    reason, line = _divided(error_message or "")
    return error_message or "" if line is None else reason


def _divided(error_message: str) -> tuple[str, str | None]:
    """Divide a text into the one for people, and the JSON in its last line; None if that is another text."""
    reason, _, last = error_message.rpartition("\n")
    return reason, last.removeprefix(_PREFIX) if last.startswith(_PREFIX) else None


def _failure(fields: dict[str, Any]) -> Failure:
    error = fields.pop("error")
    stored = None if error is None else StoredError(error[0], error[1], tuple(error[2]), error[3])
    return Failure(**fields, error=stored)


def _cut(failure: Failure) -> Failure:
    if failure.error is None:
        return failure
    kind, message, notes, traceback = failure.error
    error = StoredError(kind, _middle_cut(message), tuple(map(_middle_cut, notes)), _middle_cut(traceback))
    return replace(failure, error=error)


def _middle_cut(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}\n...\n{text[-half:]}"
