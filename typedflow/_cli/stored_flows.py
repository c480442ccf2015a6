"""Finds the flow of a stored run among those of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure
from typedflow._definition.shape import fingerprint
from typedflow._text import counted, escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow.flow import Flow
    from typedflow.stores import RunRecord


def flow_of(run: RunRecord, flows: Sequence[Flow[Any, Any]], target: str) -> Flow[Any, Any]:
    """Return the flow of a run: the one with its slug; of several, the one with the same shape.

    Raises:
        Failure: There is no such flow, or there are several.
    """
    name = f'run "{escaped(run.run_id)}" is one of flow "{run.flow}"'
    found = [flow for flow in flows if flow.definition.slug == run.flow]
    if not found:
        slugs = sorted({flow.definition.slug for flow in flows})
        raise Failure(f'{name}, and "{target}" has {quoted(slugs)}. Name the file or the module of that flow.')
    if len(found) > 1:
        same = [flow for flow in found if fingerprint(flow.definition) == run.fingerprint]
        if len(same) != 1:
            raise Failure(
                f'{name}, and "{target}" has {counted(len(found), "flow")} with this slug. Name the flow: '
                f"{target}:NAME."
            )
        return same[0]
    return found[0]
