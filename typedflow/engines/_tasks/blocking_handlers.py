"""Warns of handlers that block trio's loop."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow.engines._tasks.plan import PlannedStep

_logger = logging.getLogger("typedflow")


class BlockingHandlers:
    """The handlers of a run that have blocked the loop: each is logged once."""

    def __init__(self, flow: str) -> None:
        self._flow = flow
        self._logged: set[str] = set()

    def warn(self, step: PlannedStep, seconds: float) -> None:
        """Log that a handler has blocked the loop for so long."""
        if step.slug in self._logged:
            return
        self._logged.add(step.slug)
        _logger.warning(
            'Flow "%s": the handler of step "%s" blocked the run for %.1f s. Nothing else could run meanwhile, and no '
            'timeout could end it. Make it a def with runs_in="thread", or await what it waits for.',
            self._flow,
            step.slug,
            seconds,
        )
