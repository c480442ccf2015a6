"""Short words for what the tests of stores do: runs, and transitions at times of a clock that stands still."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

from typedflow.stores import NewRun, StoredError, StoredValue, Transition

if TYPE_CHECKING:
    from typedflow.stores import ClaimedRun, Store

NOON: Final = 1_764_590_400.0
"""2025-12-01T12:00:00Z."""

SHAPE: Final = json.dumps(
    {
        "flow": "website",
        "input": "str",
        "steps": [
            {"slug": "page", "kind": "step", "depends_on": []},
            {"slug": "words", "kind": "map", "depends_on": ["page"]},
            {"slug": "approval", "kind": "wait", "depends_on": ["page"]},
            {"slug": "report", "kind": "step", "depends_on": ["words", "approval"]},
        ],
    }
)
ERROR: Final = StoredError("ValueError", "no page", ("a note",), "Traceback ...\nValueError: no page\n")


def new_run(run_id: str = "run-1", *, flow: str = "website", at: float = NOON, shape: str = SHAPE) -> NewRun:
    return NewRun(run_id, flow, value({"url": "https://example.com"}), shape, f"fingerprint of {flow}", at)


def value(of: Any) -> StoredValue:
    return StoredValue(json.dumps(of))


def created(store: Store, run_id: str = "run-1", *, flow: str = "website", at: float = NOON) -> ClaimedRun:
    return store.create(new_run(run_id, flow=flow, at=at)).result(30)


def task(
    step: str,
    status: str,
    *,
    index: int = 0,
    attempt: int = 1,
    at: float = NOON,
    output: StoredValue | None = None,
    error: StoredError | None = None,
    due: float | None = None,
) -> Transition:
    return Transition("task", status, at, step, index, attempt, output, error, None, None, due)


def completed(step: str, output: Any, *, index: int = 0, attempt: int = 1, at: float = NOON) -> Transition:
    return task(step, "completed", index=index, attempt=attempt, at=at, output=value(output))


def ended(status: Literal["completed", "failed", "cancelled"], *, at: float = NOON) -> Transition:
    return Transition("run", status, at, error=ERROR if status == "failed" else None)
