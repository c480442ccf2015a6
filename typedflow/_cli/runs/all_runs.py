"""All runs of a store, read page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.stores import RunFilter, RunLog, RunRecord

# How many runs are read with one query.
_PAGE = 100


def all_runs(store: RunLog, *, status: RunFilter | None = None, flow: str | None = None) -> Iterator[RunRecord]:
    """Give the runs of a store, the newest first.

    Args:
        store: The store.
        status: Only runs with this status, or that do this.
        flow: Only runs of the flow with this slug.
    """
    before: str | None = None
    while page := store.runs(status=status, flow=flow, limit=_PAGE, before=before):
        yield from page
        before = page[-1].run_id
