"""`Installed`: what a database has of what the engine needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._known import FUNCTIONS, VERSIONS
from typedflow.engines.pgflow._own_schema import has_own_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow.engines.pgflow._database import Connection


@dataclass(frozen=True, slots=True)
class Pgmq:
    """The message queue.

    Attributes:
        is_there: Whether its schema is in the database.
        extension: Its version, where it is an extension.
        offered: The version that the server offers as an extension.
        is_fit: Whether what is in its schema is pgmq 1.5 or newer.
    """

    is_there: bool
    extension: str | None
    offered: str | None
    is_fit: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """What a database has of what the engine needs.

    Attributes:
        has_pgflow: Whether there is a schema of pgflow.
        version: The tested version that pgflow has, judged by its functions; None if it has none of them.
        functions: How many functions it has.
        features: What it can do, by what its tables have.
        pgmq: The message queue.
        has_realtime: Whether there is a schema ``realtime``.
        has_send: Whether there is `realtime.send`.
        records: What was installed by typedflow, with the digests of the files. It is empty where pgflow was installed
            by other means.
    """

    has_pgflow: bool
    version: str | None
    functions: int
    features: Features
    pgmq: Pgmq
    has_realtime: bool
    has_send: bool
    records: Mapping[str, str]

    @classmethod
    def of(cls, connection: Connection) -> Installed:
        """Look into a database."""
        has_pgflow, has_realtime, has_send = connection.execute(sql.SCHEMAS).fetchall()[0]
        functions, digest = connection.execute(sql.FUNCTIONS).fetchall()[0]
        is_there, extension, offered, has_meta, has_headers = connection.execute(sql.PGMQ).fetchall()[0]
        return cls(
            has_pgflow=has_pgflow,
            version=next((version for version, known in FUNCTIONS.items() if known == digest), None),
            functions=functions,
            features=Features.of(connection),
            pgmq=Pgmq(is_there, extension, offered, has_meta and has_headers),
            has_realtime=has_realtime,
            has_send=has_send,
            records=dict(connection.execute(sql.RECORDS).fetchall()) if has_own_schema(connection) else {},
        )

    @property
    def migrations(self) -> dict[str, str]:
        """The migrations of pgflow that typedflow has installed, with the digests of their files."""
        return {name: digest for name, digest in self.records.items() if "_pgflow_" in name}

    @property
    def pgmq_version(self) -> str | None:
        """The version of pgmq, where it is known: of an extension, or where typedflow has installed it."""
        recorded = (name.removeprefix("pgmq ") for name in self.records if name.startswith("pgmq "))
        return self.pgmq.extension or next(recorded, None)

    @property
    def pgflow(self) -> str:
        """The name of pgflow with its version, for messages."""
        if self.version is not None:
            return f"pgflow {self.version}"
        return f"pgflow of a version that was not tested ({self.functions} functions, {self.features.since})"


def tested() -> str:
    """Return the versions that were tested, for messages."""
    return " and ".join(VERSIONS)
