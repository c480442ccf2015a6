"""What a store is given to find outputs of earlier runs, and what it returns of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from typedflow.stores._records import StoredValue


class CacheKey(NamedTuple):
    """Under what the output of a task is cached: tasks with the same digest have the same output.

    Attributes:
        digest: A digest of all that the output depends on.
        flow: Slug of the flow.
        step: Slug of the step.
        lifetime: For how many seconds the output is used again; infinity for forever.
    """

    digest: str
    flow: str
    step: str
    lifetime: float


class CachedOutput(NamedTuple):
    """The output of a task of an earlier run.

    Attributes:
        run_id: Identifier of that run. It may have been deleted since.
        output: The output.
    """

    run_id: str
    output: StoredValue


@dataclass(frozen=True, slots=True)
class CacheRecord:
    """The cached outputs of one step, as a store remembers them.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        outputs: How many outputs are cached, with the expired ones.
        expired: How many of them have expired, and are not used any more.
        size: How many bytes they have together.
        hits: How often they were used again.
        newest_at: When the newest of them was stored, in UTC.
        last_hit_at: When one of them was last used again, in UTC; None if that was never.
    """

    flow: str
    step: str
    outputs: int
    expired: int
    size: int
    hits: int
    newest_at: datetime
    last_hit_at: datetime | None
