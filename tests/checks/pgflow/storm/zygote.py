"""Forks a worker for each line of its input: to start Python takes longer than a worker lives. Prints process ids."""
# ruff: noqa: T201  what it starts is printed

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.checks.pgflow.storm.flows import RandomFlow
from typedflow.engines.pgflow import PgflowWorker

if TYPE_CHECKING:
    from collections.abc import Callable


def log_to(path: Path) -> Callable[[str], None]:
    """Return what appends a line to a file, with the process."""

    def log(line: str) -> None:
        descriptor = os.open(path, os.O_APPEND | os.O_WRONLY | os.O_CREAT)
        try:
            os.write(descriptor, f"{os.getpid()} {line}\n".encode())
        finally:
            os.close(descriptor)

    return log


def work(worker: PgflowWorker) -> NoReturn:
    """Execute tasks until a SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: worker.stop(10.0))
    try:
        worker.run_sync()
    except BaseException:
        logging.getLogger().exception("the worker failed")
        os._exit(1)
    os._exit(0)


def main(address: str, folder: str, seeds: str, heartbeat: str, lost_after: str) -> None:
    """Fork until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    log = log_to(Path(folder, "completed"))
    flows = [RandomFlow(int(seed), log).flow for seed in seeds.split(",")]
    gc.freeze()
    for _ in sys.stdin:
        process = os.fork()
        if process:
            print(process, flush=True)
            continue
        logging.basicConfig(filename=Path(folder, f"log{os.getpid()}"), level=logging.INFO)
        work(PgflowWorker(address, flows, heartbeat=float(heartbeat), lost_after=float(lost_after)))


if __name__ == "__main__":
    main(*sys.argv[1:])
