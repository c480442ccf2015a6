"""Listeners that ship with typedflow: a log and OpenTelemetry spans."""
