"""Runs in a store, as an engine would have left them: built from transitions, with times of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typedflow.stores import Claim, NewRun, SqliteStore, StoredError, StoredValue, Transition

if TYPE_CHECKING:
    from pathlib import Path

START = 1_796_000_000.0

SHOP_STEPS: list[dict[str, Any]] = [
    {"slug": "cart", "kind": "step", "depends_on": []},
    {"slug": "prices", "kind": "map", "depends_on": ["cart"], "over": "cart"},
    {"slug": "gift", "kind": "step", "depends_on": ["cart"], "if_": {"pattern": {"total": 9}}, "when_unmet": "skip"},
    {"slug": "pay", "kind": "step", "depends_on": ["prices"], "when_exhausted": "skip"},
    {"slug": "ship", "kind": "step", "depends_on": ["pay", "gift"]},
]

TRACEBACK = """\
Traceback (most recent call last):
  File "shop.py", line 7, in pay
    raise ConnectionError("no answer")
ConnectionError: no answer
"""
NO_ANSWER = StoredError("ConnectionError", "no answer", (), TRACEBACK)


class StoredRuns:
    """Writes runs to a store."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.store = SqliteStore(path, durability="normal", **options)

    def start(self, run_id: str, flow: str = "shop", steps: list[dict[str, Any]] = SHOP_STEPS, **new: Any) -> Claim:
        shape = json.dumps({"version": 1, "flow": flow, "input": None, "steps": steps})
        run = NewRun(
            run_id=run_id,
            flow=flow,
            input=new.pop("input", StoredValue('{"customer": "ann"}')),
            shape=shape,
            fingerprint=f"shape of {flow}",
            created_at=new.pop("at", 0) + START,
            **new,
        )
        return self.store.create(run).result().claim

    def commit(self, claim: Claim, *transitions: Transition) -> None:
        self.store.commit(claim, transitions).result()

    def task(self, claim: Claim, step: str, *changes: tuple[float, str, dict[str, Any]], index: int = 0) -> None:
        """Commit changes of a task: when, to which status, and with what."""
        attempt = 0
        for time, status, values in changes:
            attempt += status == "started"
            self.commit(claim, Transition("task", status, START + time, step, index, max(attempt, 1), **values))

    def end(self, claim: Claim, time: float, status: str = "completed", error: StoredError | None = None) -> None:
        self.commit(claim, Transition("run", status, START + time, error=error))


def value(text: str) -> dict[str, Any]:
    return {"output": StoredValue(text)}


def failed_shop(runs: StoredRuns, run_id: str = "a1-failed", at: float = 0) -> None:
    """A run of the flow shop whose payment failed twice."""
    claim = runs.start(run_id, at=at)
    runs.task(claim, "cart", (at, "started", {}), (at + 1.5, "completed", value('["tea", "cup"]')))
    runs.commit(
        claim,
        Transition("step", "skipped", START + at + 1.5, "gift", reason="condition_unmet"),
        Transition("step", "started", START + at + 1.5, "prices", items=2),
    )
    runs.task(claim, "prices", (at + 1.5, "started", {}), (at + 2, "completed", value("3")))
    runs.task(claim, "prices", (at + 1.5, "started", {}), (at + 4, "completed", value("4.5")), index=1)
    runs.commit(claim, Transition("step", "completed", START + at + 4, "prices"))
    retried = {"error": NO_ANSWER, "due": START + at + 7}
    runs.task(claim, "pay", (at + 4, "started", {}), (at + 5, "retrying", retried))
    runs.commit(
        claim,
        Transition("task", "started", START + at + 7, "pay", 0, 2),
        Transition("task", "failed", START + at + 9, "pay", 0, 2, error=NO_ANSWER),
        Transition("step", "failed", START + at + 9, "pay", error=NO_ANSWER),
    )
    error = StoredError("typedflow.exceptions.run.StepFailedError", 'flow "shop": step "pay" failed')
    runs.end(claim, at + 9, "failed", error)
