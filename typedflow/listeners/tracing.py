"""Spans of OpenTelemetry for runs, steps and attempts. It needs the extra ``typedflow[otel]``."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from typedflow._text import in_one_line

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
"""Slug of the step, None for the run; index of the task, None for the step itself."""


class RunTracer:
    """A listener that makes a span of each run, step and attempt: ``flow.run(..., listeners=[RunTracer()])``.

    An attempt's span is a child of its step's, a step's of the run's, and the run's of the span that is current where
    the run is started. They begin and end at the times of the events. A step that was skipped before it started has a
    span without duration.

    As any other listener it hears in a thread of its own, when the handlers have gone on already; spans that they
    start are children of the caller's. `in_place` is for those who want them below their attempt's. It holds the
    spans that have not ended, and no others; one tracer does for any number of runs, at once too.

    Args:
        provider: Gives the tracer; the global one unless given.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("typedflow", tracer_provider=provider)
        self._runs: dict[str, dict[_Key, Span]] = {}

    def __call__(self, event: Event) -> None:
        """Start a span, end it, or do both."""
        spans = self._runs.setdefault(event.run_id, {})
        key = (event.step, event.task_index)
        try:
            if event.status == "started":
                spans[key] = self._started(event, _context_below(spans, event))
            else:
                span = spans.pop(key, None) or self._started(event, _context_below(spans, event))
                _end(span, event)
                if event.subject == "run":
                    del self._runs[event.run_id]
        except BaseException:  # an exporter's; a listener that raises hears of no end
            self._runs.pop(event.run_id, None)
            raise

    @property
    def in_place(self) -> Listener:
        """The same listener, called in place: spans that a handler starts are children of its attempt's.

        The run waits while spans are made and handed to the exporter, some twenty microseconds each with the SDK.
        """
        return lambda event: self._hear_in_place(event)  # noqa: PLW0108  a lambda is called in place

    def _hear_in_place(self, event: Event) -> None:
        self(event)
        if event.subject == "task" and event.status == "started":
            span = self._runs[event.run_id][event.step, event.task_index]
            # The handler that starts now sees what is set here, and the caller of the run does not.
            current.attach(trace.set_span_in_context(span))

    def _started(self, event: Event, context: Context) -> Span:
        attributes: dict[str, str | int] = {"typedflow.flow": event.flow, "typedflow.run_id": event.run_id}
        if event.step is not None:
            attributes["typedflow.step"] = event.step
        if event.task_index is not None and event.attempt is not None:
            attributes["typedflow.task_index"] = event.task_index
            attributes["typedflow.attempt"] = event.attempt
        if event.items is not None:
            attributes["typedflow.items"] = event.items
        what = "attempt" if event.subject == "task" else event.subject
        name = f"{what} {event.step or event.flow}"
        return self._tracer.start_span(name, context, attributes=attributes, start_time=_nanoseconds(event))


def _context_below(spans: dict[_Key, Span], event: Event) -> Context:
    """Return a context in which the span is current that the event's is a child of."""
    context = current.get_current()  # the one of the caller of the run
    if event.subject == "run":
        return context
    parent = spans[event.step, None] if event.subject == "task" else spans[None, None]
    return trace.set_span_in_context(parent, context)


def _end(span: Span, event: Event) -> None:
    span.set_attribute("typedflow.status", event.status)
    if event.reason is not None:
        span.set_attribute("typedflow.skip_reason", event.reason)
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
