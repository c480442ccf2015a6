"""How pgmq is installed: from the server, where it offers the extension, otherwise from the Python package."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._unfit import UnfitError

if TYPE_CHECKING:
    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._installed import Pgmq

# The oldest that pgflow works with.
_OLDEST: Final = (1, 5)


def install_pgmq(connection: Connection, pgmq: Pgmq) -> str:
    """Install pgmq, unless it is there. What is there is never changed. Return what was done, a sentence.

    Raises:
        UnfitError: What is there does not fit, or there is nowhere to take pgmq from.
    """
    if pgmq.is_there:
        if (problem := unfit_pgmq(pgmq)) is not None:
            raise UnfitError(problem)
        return f"pgmq{f' {pgmq.extension}' if pgmq.extension else ''} is in the database already."
    if pgmq.offered is not None and _numbers(pgmq.offered) >= _OLDEST:
        connection.execute(sql.CREATE_PGMQ)
        connection.execute(sql.RECORD, (f"pgmq {pgmq.offered}, an extension", ""))
        return f"Installed pgmq {pgmq.offered}, which the server offers as an extension."
    try:
        folder = files("pgmq") / "sql"
    except ModuleNotFoundError:
        raise UnfitError(
            'pgmq is neither offered by the server nor installed here. Install it with pip install "typedflow[pgflow]".'
        ) from None
    text = (folder / "pgmq.sql").read_text(encoding="utf-8")
    version = (folder / "pgmq.sql.version").read_text(encoding="utf-8").strip()
    connection.execute(text.encode())
    connection.execute(sql.RECORD, (f"pgmq {version}", sha256(text.encode()).hexdigest()))
    return f"Installed pgmq {version}, from the Python package."


def unfit_pgmq(pgmq: Pgmq) -> str | None:
    """Return why the pgmq in a database cannot be used; None if it can."""
    if pgmq.is_fit:
        return None
    if not pgmq.is_there:
        return "pgmq is not in the database."
    if pgmq.extension is None:
        return "the schema pgmq in the database does not have what pgmq 1.5 has."
    return f"the database has pgmq {pgmq.extension}, but pgflow needs 1.5 or newer. Run: alter extension pgmq update"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
