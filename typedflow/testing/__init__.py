"""Tools for tests of flows.

Run one step on its own, cut a run off and resume it, let a virtual clock jump, record the events of a run.
"""

from typedflow.testing._cut_off import CutOffError, cut_off
from typedflow.testing._one_step import run_step
from typedflow.testing._recorded_events import RecordedEvents
from typedflow.testing._virtual_clock import VirtualClock

__all__ = ["CutOffError", "RecordedEvents", "VirtualClock", "cut_off", "run_step"]
