"""A database is made ready by one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install

if TYPE_CHECKING:
    from pathlib import Path


def test_a_flow_can_be_started_in_a_database_that_was_made_ready(engine_database: str) -> None:
    with psycopg.connect(engine_database, autocommit=True) as connection:
        connection.execute("select pgflow.create_flow('greet')")
        connection.execute("select pgflow.add_step('greet', 'hello')")
        connection.execute("listen typedflow_events")
        (run_id,) = connection.execute("select run_id from pgflow.start_flow('greet', '{}')").fetchall()[0]
        received = [message.payload for message in connection.notifies(timeout=5, stop_after=2)]
    assert received == [f"{run_id} run:started", f"{run_id} step:hello:started"]


def test_installing_again_changes_nothing(engine_database: str, pgflow_tarball: Path) -> None:
    with Database(engine_database) as database:
        assert install(database, pgflow_tarball) == ["pgflow is in the database already. Nothing was changed."]
