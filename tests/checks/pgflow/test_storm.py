"""A small storm over workers: `python -m tests.checks.pgflow.storm` is the large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import postgres
from tests.checks.pgflow.storm.storm import Storm
from tests.pgflow import source
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install

if TYPE_CHECKING:
    from pathlib import Path


def test_runs_end_as_they_must_although_workers_are_killed_and_frozen_and_the_database_is_restarted(
    tmp_path: Path,
) -> None:
    with postgres.server() as address:
        with Database(address) as database:
            install(database, source())
        Storm(address, tmp_path, runs=24, flows=2, kill_every=0.6, patience=300).check()
