"""The server that the tests start is gone when they have ended, however they end."""

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.postgres import server

KILLED = """
import os, signal
from tests.postgres import server
with server() as connection:
    print(connection, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def folder_of(connection: str) -> Path:
    return Path(str(conninfo_to_dict(connection)["host"]))


def test_a_server_answers_until_the_block_is_left() -> None:
    with server() as connection:
        with psycopg.connect(connection) as session:
            assert session.execute("select current_setting('listen_addresses')").fetchone() == ("",)
        assert folder_of(connection).exists()
    assert not folder_of(connection).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(connection)


def test_a_server_ends_with_a_process_that_is_killed() -> None:
    # What stops the server has the standard error of the process, so this waits for it too.
    process = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)  # noqa: S603
    assert process.returncode == -signal.SIGKILL
    assert process.stderr == ""
    assert not folder_of(process.stdout).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(process.stdout)


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "nonsense")
    with pytest.raises(RuntimeError) as caught, server():
        pass
    assert "Postgres did not start:" in str(caught.value)
    assert 'FATAL:  invalid value for parameter "port": "nonsense"' in str(caught.value)
