"""Tools for tests of flows: run one step on its own, let a virtual clock jump, record the events of a run."""

from typedflow.testing._one_step import run_step
from typedflow.testing._recorded_events import RecordedEvents
from typedflow.testing._virtual_clock import VirtualClock

__all__ = ["RecordedEvents", "VirtualClock", "run_step"]
