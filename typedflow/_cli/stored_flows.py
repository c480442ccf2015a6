"""Finds the flow of a stored run among those of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure
from typedflow._cli.flows_by_slug import flows_by_slug
from typedflow._definition.shape import fingerprint
from typedflow._text import escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow.flow import Flow
    from typedflow.stores import RunRecord


def flow_of(run: RunRecord, flows: Sequence[Flow[Any, Any]], target: str) -> Flow[Any, Any]:
    """Return the flow of a run: the one with its slug. Of several, it is the one with the same shape.

    Args:
        run: The run.
        flows: The flows of the target.
        target: What the command line names.

    Raises:
        Failure: There is no such flow, or there are several, and none of them extends the others.
    """
    found = [flow for flow in flows if flow.definition.slug == run.flow]
    if not found:
        slugs = sorted({flow.definition.slug for flow in flows})
        raise Failure(
            f'run "{escaped(run.run_id)}" is one of flow "{run.flow}", and the flows of "{target}" have the slugs '
            f"{quoted(slugs)}. Name the file or the module of that flow."
        )
    if len(found) == 1:
        return found[0]
    same = [flow for flow in found if fingerprint(flow.definition) == run.fingerprint]
    if same:
        return same[0]
    definition = flows_by_slug([target])[run.flow]
    return next(flow for flow in found if flow.definition is definition)
