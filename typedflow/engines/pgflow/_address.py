"""The address of a database: what it says, and the name by which messages call it, which has no password."""

from __future__ import annotations

import re
from typing import Any, Final

import psycopg
from psycopg import conninfo

from typedflow.exceptions import EngineError

_SCHEME: Final = re.compile(r"(\w[\w+.-]*)://")
_PORTS: Final = re.compile(r"(\d{1,5}(,|$))*")


def parameters_of(address: str) -> dict[str, Any]:
    """Return the parameters that a connection string names, for `psycopg.connect`.

    Raises:
        EngineError: The address is not valid.
    """
    # libpq's own messages are not shown: they quote what it took for the name of a host, or the whole address. Where a
    # password has an @ or a / that is not escaped, that is a part of the password.
    try:
        parameters = dict(conninfo.conninfo_to_dict(address))
    except psycopg.ProgrammingError:
        raise _invalid(address) from None
    places = f"{parameters.get('host') or ''}{parameters.get('dbname') or ''}"
    if "@" in places or not _PORTS.fullmatch(str(parameters.get("port") or "")):
        raise _invalid(address)
    return parameters


def name_of(parameters: dict[str, Any]) -> str:
    """Return the name of a database: its address without a password."""
    user, host, port = (parameters.get(key) for key in ("user", "host", "port"))
    place = f"{user}@" if user else ""
    return f"postgresql://{place}{host or ''}{f':{port}' if port else ''}/{parameters.get('dbname') or ''}"


def _invalid(address: str) -> EngineError:
    scheme = _SCHEME.match(address)
    return EngineError(
        f"{scheme[1] if scheme else 'postgresql'}://...",
        "the address is not valid. Write postgresql://user@host:port/name. In a password, write %40 for @, %3A for :, "
        "%2F for / and %25 for %.",
    )
