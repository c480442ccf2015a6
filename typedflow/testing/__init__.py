"""What tests of flows need: one step run by itself, a clock that jumps, and the events of a run in order."""

from typedflow.testing.one_step import run_step
from typedflow.testing.recorded_events import RecordedEvents
from typedflow.testing.virtual_clock import VirtualClock

__all__ = ["RecordedEvents", "VirtualClock", "run_step"]
