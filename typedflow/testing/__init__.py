"""What tests of flows need: one step run by itself, a clock that jumps, and the events of a run in order."""

from typedflow.testing._one_step import run_step
from typedflow.testing._recorded_events import RecordedEvents
from typedflow.testing._virtual_clock import VirtualClock

__all__ = ["RecordedEvents", "VirtualClock", "run_step"]
