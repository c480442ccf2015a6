"""Listeners that ship with typedflow, a log and OpenTelemetry spans, and `inline`, which says where one is called."""

from typedflow.listeners._inline import inline

__all__ = ["inline"]
