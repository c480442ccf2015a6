"""``typedflow runs retry``, ``cancel``, ``delete`` and ``prune``."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.runs.stored_runs import StoredRuns, failed_shop, value

if TYPE_CHECKING:
    from tests.unit.cli.commands import Invoke

RETRY = """\
run "a1" of flow "shop" can be resumed; {} done. Resume it with
  typedflow resume {} a1 --store runs.db
"""


def runs_of(store: StoredRuns) -> dict[str, str]:
    return {run.run_id: run.status for run in store.store.runs()}


class TestRetry:
    def test_a_run_can_be_resumed_then(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs, "a1")
        result = invoke("retry", "a", "shop.py:shop")
        assert (result.exit_code, result.stdout, result.stderr) == (
            0,
            "",
            RETRY.format("3 of 5 steps are", "shop.py:shop"),
        )
        assert runs.store.run("a1").is_interrupted

    def test_from_a_step_on(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs, "a1")
        assert invoke("retry", "a1", "--from", "prices", "--from", "gift").stderr == RETRY.format(
            "1 of 5 steps is", "TARGET"
        )
        assert [step.step for step in runs.store.steps("a1") if step.status == "completed"] == ["cart"]
        unknown = invoke("retry", "a1", "--from", "price")
        assert unknown.exit_code == 2
        assert 'step "price"' in unknown.stderr

    def test_a_run_that_lives_is_refused(self, invoke: Invoke, runs: StoredRuns) -> None:
        runs.start("a1")
        result = invoke("retry", "a1")
        assert result.exit_code == 1
        assert result.stderr == (
            'Error: store "runs.db": run "a1" is executed by this process. Wait until it has ended, or cancel it.\n'
        )


class TestCancel:
    def test_a_run_without_a_process_is_cancelled_immediately(self, invoke: Invoke, runs: StoredRuns) -> None:
        runs.store.release(runs.start("a1")).result()
        runs.start("a2")
        result = invoke("cancel", "a1", "a2")
        place = f"Process {os.getpid()} on {socket.gethostname()}"
        assert result.exit_code == 0
        assert result.stderr.splitlines() == [
            'run "a1" of flow "shop" is cancelled.',
            f'run "a2" of flow "shop" will be cancelled. {place} ends its handlers.',
        ]
        assert runs_of(runs) == {"a1": "cancelled", "a2": "started"}
        assert "cancelling" in invoke("list").stdout

    def test_a_run_that_has_ended_stays_as_it_is(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs, "a1")
        result = invoke("cancel", "a1")
        assert (result.exit_code, runs_of(runs)) == (1, {"a1": "failed"})
        assert result.stderr.startswith('Error: store "runs.db": run "a1" of flow "shop" has ended: it is failed.')


class TestDelete:
    def test_runs_are_deleted_with_all_that_belongs_to_them(self, invoke: Invoke, runs: StoredRuns) -> None:
        for run_id in ("a1", "a2", "b1"):
            failed_shop(runs, run_id)
        result = invoke("delete", "a1", "b", "--yes")
        assert (result.exit_code, result.stderr) == (
            0,
            "a1  shop  failed  2026-11-30 00:53:20\nb1  shop  failed  2026-11-30 00:53:20\nDeleted 2 runs.\n",
        )
        assert runs_of(runs) == {"a2": "failed"}

    def test_without_a_terminal_yes_is_needed(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs, "a1")
        result = invoke("delete", "a1", stdin="y\n")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == (
            "Error: standard input is not a terminal, so that you cannot be asked. Give --yes to delete them."
        )
        assert runs_of(runs) == {"a1": "failed"}

    def test_all_names_are_found_before_anything_is_deleted(self, invoke: Invoke, runs: StoredRuns) -> None:
        failed_shop(runs, "a1")
        assert invoke("delete", "a1", "x", "--yes").exit_code == 2
        assert runs_of(runs) == {"a1": "failed"}

    def test_a_run_that_lives_is_kept(self, invoke: Invoke, runs: StoredRuns) -> None:
        runs.start("a1")
        assert invoke("delete", "a1", "--yes").exit_code == 1
        assert runs_of(runs) == {"a1": "started"}


class TestPrune:
    @pytest.mark.parametrize(
        ("options", "kept"),
        [
            ([], {"living"}),
            (["--status", "failed"], {"living", "done"}),
            (["--flow", "other"], {"living", "a1", "a2"}),
            (["--flow", "none"], {"living", "done", "a1", "a2"}),
        ],
    )
    def test_old_runs_are_counted_and_deleted(
        self, invoke: Invoke, runs: StoredRuns, options: list[str], kept: set[str]
    ) -> None:
        old = -60 * 86_400
        failed_shop(runs, "a1", at=old)
        failed_shop(runs, "a2", at=old)
        done = runs.start("done", "other", at=old)
        runs.task(done, "cart", (old, "started", {}), (old, "completed", value("1")))
        runs.end(done, old)
        runs.start("living", at=old)
        count = 4 - len(kept)
        counted = f"{count} {'run' if count == 1 else 'runs'}"
        dry = invoke("prune", "--older-than", "30d", "--dry-run", *options)
        assert (dry.exit_code, dry.stderr, len(runs_of(runs))) == (0, f"{counted} would be deleted.\n", 4)
        result = invoke("prune", "--older-than", "30d", *options)
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, f"Deleted {counted}.")
        assert runs_of(runs).keys() == kept

    @pytest.mark.parametrize("age", ["30", "d", "2026-01-01"])
    def test_an_age_is_a_duration(self, invoke: Invoke, runs: StoredRuns, age: str) -> None:
        result = invoke("prune", "--older-than", age)
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == (
            f"Error: Invalid value for '--older-than': \"{age}\" is not a duration. Write a number and a unit: 90s, "
            "5m, 2h, 3d or 4w."
        )
