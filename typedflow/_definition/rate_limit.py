"""How often the attempts of a step may start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedflow._quantity import in_seconds, is_whole

if TYPE_CHECKING:
    from typedflow._quantity import Duration


@dataclass(frozen=True)
class RateLimit:
    """At most so many starts of attempts in any period of a given length.

    It is an option of a step or a flow: ``rate_limit=RateLimit(10, per=1)``. Retries and the items of a map step count.
    Without a name, each step has a limit of its own. Steps whose limits have the same name share it. Both hold for all
    runs in this process together.

    Attributes:
        count: How many attempts may start in each period; at least 1.
        per: Length of the period: seconds, or a ``datetime.timedelta``, above 0.
        name: Name under which steps share the limit.

    Raises:
        ValueError: A value is not valid.
    """

    count: int
    per: Duration = 1.0
    name: str | None = None

    def __post_init__(self) -> None:
        if not is_whole(self.count):
            raise ValueError(f"RateLimit: count must be a whole number of at least 1, not {self.count!r:.80}.")
        seconds = in_seconds(self.per)
        if seconds is None or not 0 < seconds < math.inf:
            raise ValueError(
                f"RateLimit: per must be a finite duration above 0 (seconds or a timedelta), not {self.per!r:.80}."
            )
        if self.name is not None and not _is_name(self.name):
            raise ValueError(f"RateLimit: name must be a string that is not empty, or None, not {self.name!r:.80}.")
        object.__setattr__(self, "per", seconds)

    @property
    def period(self) -> float:
        """The length of the period, in seconds."""
        return in_seconds(self.per) or 0.0


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)
