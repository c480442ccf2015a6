"""Outputs of wait steps, which are delivered from outside, perhaps before the step begins to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from typedflow.engines.pgflow import _statements

if TYPE_CHECKING:
    from uuid import UUID

    from typedflow.engines.pgflow._database import Connection


def keep_delivery(connection: Connection, run_id: UUID, step: str, value: str) -> bool:
    """Keep what is delivered to a wait step. Return whether nothing had been delivered to it before."""
    return connection.execute(_statements.DELIVER, (run_id, step, value)).rowcount == 1


def complete_delivered(connection: Connection, flow: str, run_id: UUID | None = None) -> list[UUID]:
    """Complete the wait steps that have begun to wait, and to which something was delivered.

    A client calls this after its delivery is kept, and a worker when it finds a wait step. So one of them completes the
    step, in either order.

    Args:
        connection: The connection.
        flow: Slug of the flow.
        run_id: Only those of this run; None for all.

    Returns:
        The runs that continue.
    """
    found = connection.execute(_statements.DELIVERIES, (run_id, run_id, flow)).fetchall()
    for run, step, message, value in found:
        with connection.transaction():
            if connection.execute(_statements.CLAIM, (flow, [message])).fetchone() == (1,):
                connection.execute(_statements.COMPLETE_ONE, (run, step, 0, Jsonb(value)))
            connection.execute(_statements.FORGET_DELIVERY, (run, step))
    return [run for run, *_ in found]
