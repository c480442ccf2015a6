"""A listener that makes OpenTelemetry spans of runs, steps and attempts. Needs the extra ``typedflow[otel]``."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from typedflow._text import in_one_line
from typedflow.listeners._inline import inline

try:
    from opentelemetry import context as current
    from opentelemetry import trace
except ImportError as error:
    raise ImportError(
        'typedflow.listeners.tracing needs opentelemetry-api: install it with pip install "typedflow[otel]".'
    ) from error

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, TracerProvider

    from typedflow.event import Event, Listener

_Key: TypeAlias = tuple[str | None, int | None]
"""Identifies a span of a run: slug of the step, or None for the run; index of the task, or None for the step."""


class RunTracer:
    """A listener that makes a span of each run, step and attempt: ``flow.run(..., listeners=[RunTracer()])``.

    The span of an attempt is a child of its step's span, that of a step of its run's span, and that of a run of the
    current span of the run's caller, or of the attempt whose handler has started it. In a worker of an engine on
    Postgres, which knows only its tasks, an attempt's span is a child of the worker's current one. Spans begin and end
    at the times of the events. A step that is skipped before it starts has a span without duration,
    and so has a task whose output is in a cache.

    Like most listeners, it receives events in a thread of its own, when the handler is already at work. So spans that a
    handler starts are children of the caller's span. To make them children of the attempt's span, use `in_place`. One
    tracer can serve any number of runs, also concurrently. It holds only spans that have not ended.

    Args:
        provider: Makes the tracer. Default: the global provider.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("typedflow", tracer_provider=provider)
        self._runs: dict[str, dict[_Key, Span]] = {}

    def __call__(self, event: Event) -> None:
        """Start a span, end it, or do both."""
        spans = self._runs.setdefault(event.run_id, {})
        key = (event.step, event.task_index)
        try:
            if event.status in {"started", "waiting"}:
                spans[key] = self._start_span(event, spans)
            else:
                span = spans.pop(key, None) or self._start_span(event, spans)
                _end_span(span, event)
                if not spans or event.subject == "run":
                    del self._runs[event.run_id]
        except BaseException:  # an exporter failed: a listener that raises does not receive the end of the run
            self._runs.pop(event.run_id, None)
            raise

    @property
    def in_place(self) -> Listener:
        """This listener, called in place: spans that a handler starts are children of its attempt's span.

        The run waits while spans are made and exported. With the SDK, that takes about twenty microseconds for each.
        """
        return inline(self._receive_in_place)

    def _receive_in_place(self, event: Event) -> None:
        self(event)
        if event.subject == "task" and event.status == "started":
            span = self._runs[event.run_id][event.step, event.task_index]
            # The handler that starts now sees this context. The caller of the run does not.
            current.attach(trace.set_span_in_context(span))

    def _start_span(self, event: Event, spans: dict[_Key, Span]) -> Span:
        parent = event.parent
        surrounding = parent and self._runs.get(parent.run_id, {}).get((parent.step, parent.task_index))
        context = _parent_context(spans, event, surrounding)
        attributes: dict[str, str | int] = {"typedflow.flow": event.flow, "typedflow.run_id": event.run_id}
        if event.step is not None:
            attributes["typedflow.step"] = event.step
        if event.task_index is not None and event.attempt is not None:
            attributes["typedflow.task_index"] = event.task_index
            attributes["typedflow.attempt"] = event.attempt
        if event.items is not None:
            attributes["typedflow.items"] = event.items
        what: str = event.subject
        if event.subject == "task":
            what = "cached" if event.cached_from is not None else "wait" if event.status == "waiting" else "attempt"
        name = f"{what} {event.step or event.flow}"
        return self._tracer.start_span(name, context, attributes=attributes, start_time=_nanoseconds(event))


def _parent_context(spans: dict[_Key, Span], event: Event, surrounding: Span | None) -> Context:
    """Return a context in which the parent of the event's span is current."""
    context = current.get_current()  # the context of the caller of the run
    if event.subject == "run":
        return context if surrounding is None else trace.set_span_in_context(surrounding, context)
    # A worker of an engine on a database does not know when steps and runs begin.
    parent = (spans.get((event.step, None)) if event.subject == "task" else None) or spans.get((None, None))
    return context if parent is None else trace.set_span_in_context(parent, context)


def _end_span(span: Span, event: Event) -> None:
    span.set_attribute("typedflow.status", event.status)
    if event.reason is not None:
        span.set_attribute("typedflow.skip_reason", event.reason)
    if event.cached_from is not None:
        span.set_attribute("typedflow.cached_from", event.cached_from)
    if event.delay is not None:
        span.set_attribute("typedflow.retry_delay", event.delay)
    if event.error is not None and event.status in {"failed", "retrying"}:
        span.set_attribute("error.type", _name(type(event.error)))
        span.set_status(trace.Status(trace.StatusCode.ERROR, in_one_line(event.error)))
        with suppress(Exception):  # a handler's exception may have a __str__ that fails
            span.record_exception(event.error, timestamp=_nanoseconds(event))
    span.end(_nanoseconds(event))


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _nanoseconds(event: Event) -> int:
    return int(event.time * 1e9)
