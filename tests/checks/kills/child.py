"""A process that starts or resumes a run, to be killed: ``python -m tests.checks.kills.child SEED FOLDER RUN_ID``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.checks.kills.killed_flow import KilledFlow
from tests.checks.kills.task_log import TaskLog
from typedflow.exceptions import RunClaimedError
from typedflow.stores import SqliteStore

REFUSED = "refused"
COMPLETED = "completed"


def main() -> None:
    """Prepare everything, wait for a line of the standard input, and go."""
    seed, folder, run_id = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    with SqliteStore(folder / "runs.db") as store:
        flow = KilledFlow(seed, TaskLog(folder / f"{run_id}.log"), store).flow
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        try:
            flow.run_sync({"wanted": True}, store=store, run_id=run_id)
        except RunClaimedError:
            sys.stdout.write(f"{REFUSED}\n")
        else:
            sys.stdout.write(f"{COMPLETED}\n")


if __name__ == "__main__":
    main()
