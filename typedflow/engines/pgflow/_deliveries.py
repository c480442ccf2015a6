"""Outputs of wait steps, which are delivered from outside, perhaps before the step begins to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from typedflow.engines.pgflow import _statements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from typedflow.engines.pgflow._database import Connection


def keep_delivery(connection: Connection, run_id: UUID, step: str, value: str) -> bool:
    """Keep what is delivered to a wait step. Return whether nothing had been delivered to it before.

    A worker completes the step with it, as only a worker can test the condition of a step that does not wait yet.
    """
    if connection.execute(_statements.DELIVER, (run_id, step, value)).rowcount != 1:
        return False
    connection.execute(_statements.LOOK_AGAIN, (run_id, step))
    return True


def complete_delivered(
    connection: Connection, flow: str, decided: Sequence[str], run_id: UUID | None = None
) -> list[UUID]:
    """Complete the wait steps that have begun to wait, and to which something was delivered.

    Args:
        connection: The connection.
        flow: Slug of the flow.
        decided: Slugs of the wait steps that begin to wait when a worker has tested their condition.
        run_id: Only those of this run; None for all.

    Returns:
        The runs that continue.
    """
    found = connection.execute(_statements.DELIVERIES, (run_id, run_id, flow, list(decided))).fetchall()
    continued: list[UUID] = []
    for run, step, message, value in found:
        with connection.transaction():
            if connection.execute(_statements.CLAIM, (flow, [message])).fetchone() == (1,):
                connection.execute(_statements.COMPLETE_ONE, (run, step, 0, Jsonb(value)))
                connection.execute(_statements.FORGET_DELIVERY, (run, step))
                continued.append(run)
    return continued
