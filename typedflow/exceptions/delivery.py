"""Errors of deliveries to wait steps."""

from __future__ import annotations

from typing_extensions import override

from typedflow._text import escaped, first_joined, named_place
from typedflow.exceptions.base import TypedflowError
from typedflow.exceptions.run import StepTimeoutError


class DeliveryError(TypedflowError):
    """A value was delivered to a step that does not wait for it. The value is not used.

    Attributes:
        store: Name of the store; None if the run has no store.
        run_id: Identifier of the run.
        step: Slug of the step.
        reason: What is wrong and what to do.
    """

    def __init__(self, store: str | None, run_id: str, step: str, reason: str) -> None:
        super().__init__(store, run_id, step, reason)
        self.store = store
        self.run_id = run_id
        self.step = step
        self.reason = reason

    @override
    def __str__(self) -> str:
        place = "" if self.store is None else f"{named_place(self.store)}: "
        return f'{place}run "{escaped(self.run_id)}", step "{escaped(self.step)}": {self.reason}'


class DeliveryTimeoutError(StepTimeoutError):
    """Nothing was delivered to a wait step within its timeout."""

    @override
    def __str__(self) -> str:
        return (
            f'flow "{self.flow}", step "{self.step}": nothing was delivered within its timeout of {self.timeout:g} s. '
            "when_exhausted says what follows from that."
        )


class InvalidDeliveryError(TypedflowError, ValueError):
    """A value was delivered that is not of the type that its wait step declares. The step still waits.

    pydantic's error, if there is one, is the ``__context__``, which a traceback does not show.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        step: Slug of the wait step.
        expected: Name of the declared type.
        errors: What is wrong: a line for each key.
    """

    def __init__(self, flow: str, run_id: str, step: str, expected: str, errors: tuple[str, ...]) -> None:
        super().__init__(flow, run_id, step, expected, errors)
        self.flow = flow
        self.run_id = run_id
        self.step = step
        self.expected = expected
        self.errors = errors

    @override
    def __str__(self) -> str:
        place = f'flow "{self.flow}", run "{escaped(self.run_id)}", step "{self.step}"'
        return f"{place}: what was delivered is not a valid {self.expected}: {escaped(first_joined(self.errors))}"


class UndeliverableError(TypedflowError, RuntimeError):
    """A run would wait forever: it has a wait step, and neither a handle nor a store through which to deliver.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the wait step.
    """

    def __init__(self, flow: str, step: str) -> None:
        super().__init__(flow, step)
        self.flow = flow
        self.step = step

    @override
    def __str__(self) -> str:
        return (
            f'flow "{self.flow}": step "{self.step}" waits for a delivery, but nothing can deliver to this run. Start '
            f'it with flow.start() and call run.deliver("{self.step}", ...), or give it a store and call '
            f'flow.deliver(run_id, "{self.step}", ..., store=store). In a test, flow.replace("{self.step}", ...) takes '
            "the place of the delivery."
        )
