"""The resources of a run: opened once, before the first handler, and closed after the last one has cleaned up."""

from __future__ import annotations

import contextvars
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self, TypedDict

import pytest
import trio

from tests.conformance.handlers import after, raising, untidy
from typedflow import (
    FlowDefinition,
    InvalidInputError,
    InvalidResourcesError,
    ResourcesError,
    StepContext,
    StepFailedError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.conformance.runner import Outcome, Runner


@dataclass
class Clients:
    """What handlers share, and what happened to it."""

    log: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self.log.append("opened")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool | None:
        self.log.append("closed" if kind is None else f"closed after {kind.__name__}")
        return None


EMPTY = FlowDefinition("f", Any, resources=Clients)


def use(_: object, context: StepContext[Any, Clients]) -> Clients:
    context.resources.log.append(f"{context.step}[{context.task_index}]")
    return context.resources


@contextmanager
def closing(error: BaseException) -> Iterator[Clients]:
    yield Clients()
    raise error


def opening(error: BaseException) -> Clients:
    raise error


def transitions(outcome: Outcome) -> list[tuple[str, str]]:
    return [(event.subject, event.status) for event in outcome.events]


@pytest.mark.unstorable
def test_all_handlers_of_a_run_share_its_resources(run: Runner) -> None:
    async def use_async(given: Any, context: StepContext[Any, Clients]) -> Clients:
        return use(given, context)

    steps = (
        EMPTY.with_step("thread", use)
        .with_step("async", use_async)
        .with_step("lambda", lambda i, context: use(i, context))  # noqa: PLW0108  a lambda is what is tested
        .with_map("map", use, over="run")
    )
    clients = Clients()
    outcome = run(steps, [0, 1], resources=clients)
    assert outcome.status == "completed"
    assert all(output is clients for output in [*outcome.outputs.pop("map"), *outcome.outputs.values()])
    assert sorted(clients.log) == ["async[0]", "lambda[0]", "map[0]", "map[1]", "thread[0]"]


@pytest.mark.starts_over
def test_each_attempt_has_the_same_resources(run: Runner) -> None:
    seen = []

    def fail_once(_: object, context: StepContext[Any, Clients]) -> None:
        seen.append(context.resources)
        if context.attempt == 1:
            raise OSError("no")

    steps = FlowDefinition("f", Any, resources=Clients).with_step("a", fail_once, max_attempts=2)
    assert run(steps, resources=Clients).status == "completed"
    assert len(seen) == 2
    assert seen[0] is seen[1]


def given_in(form: str, clients: Clients) -> Any:
    @asynccontextmanager
    async def async_manager() -> AsyncIterator[Clients]:
        async with clients:
            yield clients

    @contextmanager
    def manager() -> Iterator[Clients]:
        clients.log.append("opened")
        yield clients
        clients.log.append("closed")

    async def async_function() -> Clients:
        await trio.lowlevel.checkpoint()
        return clients

    async def function_of_a_manager() -> Any:
        await trio.lowlevel.checkpoint()
        return manager()

    return {
        "an instance": clients,
        "a context manager": async_manager(),
        "its function": async_manager,
        "a sync context manager": manager(),
        "its function, too": manager,
        "a function that returns one": lambda: clients,
        "an async function": async_function,
        "an async function of a context manager": function_of_a_manager,
    }[form]


@pytest.mark.starts_over
@pytest.mark.parametrize(
    "form",
    [
        "a context manager",
        "its function",
        "a sync context manager",
        "its function, too",
        "a function that returns one",
        "an async function",
        "an async function of a context manager",
    ],
)
def test_they_are_opened_before_the_first_handler_and_closed_after_the_last(run: Runner, form: str) -> None:
    clients = Clients()
    steps = EMPTY.with_step("a", use).with_step("b", use, ["a"])
    assert run(steps, resources=given_in(form, clients)).status == "completed"
    assert clients.log == ["opened", "a[0]", "b[0]", "closed"]


def test_an_instance_belongs_to_the_caller_and_is_neither_opened_nor_closed(run: Runner) -> None:
    clients = Clients()
    assert run(EMPTY.with_step("a", use), resources=given_in("an instance", clients)).status == "completed"
    assert clients.log == ["a[0]"]


@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_class_is_a_function_that_returns_an_instance(run: Runner) -> None:
    outcome = run(EMPTY.with_step("a", use), resources=Clients)
    assert outcome.outputs["a"].log == ["opened", "a[0]", "closed"]


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_failed_run_closes_them_when_all_handlers_have_cleaned_up(run: Runner) -> None:
    clients = Clients()

    async def clean_up(_: object, context: StepContext[Any, Clients]) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)
            context.resources.log.append("cleaned up")

    steps = EMPTY.with_step("a", clean_up).with_step("c", raising(OSError("no")), max_attempts=1)
    outcome = run(steps, resources=lambda: clients)
    assert outcome.status == "failed"
    assert clients.log == ["opened", "cleaned up", "closed after StepFailedError"]


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_cancelled_run_closes_them(run: Runner) -> None:
    clients = Clients()
    outcome = run(EMPTY.with_step("a", after(10)), resources=lambda: clients, cancel_after=1)
    assert outcome.status == "cancelled"
    assert clients.log == ["opened", "closed after Cancelled"]


@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_run_whose_opening_is_cancelled_starts_no_step(run: Runner) -> None:
    @asynccontextmanager
    async def clients() -> AsyncIterator[Clients]:
        await trio.sleep(10)
        yield Clients()

    outcome = run(EMPTY.with_step("a", use), resources=clients, cancel_after=1)
    assert outcome.status == "cancelled"
    assert transitions(outcome) == [("run", "started"), ("run", "cancelled")]


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_closing_is_shielded_from_a_cancellation_for_ten_seconds(run: Runner) -> None:
    log = []

    @asynccontextmanager
    async def clients(seconds: float) -> AsyncIterator[Clients]:
        try:
            yield Clients()
        finally:
            await trio.sleep(seconds)
            log.append(seconds)

    steps = EMPTY.with_step("a", after(100))
    assert run(steps, resources=clients(9), cancel_after=1).resources_error is None
    assert log == [9]
    outcome = run(steps, resources=clients(11), cancel_after=1)
    assert str(outcome.resources_error) == (
        'flow "f": the resources did not close within 10 s after the run was cancelled.'
    )
    assert (log, outcome.took) == ([9], 11)


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_the_timeout_of_a_run_includes_the_opening(run: Runner) -> None:
    @asynccontextmanager
    async def clients(opening: float, closing: float) -> AsyncIterator[Clients]:
        await trio.sleep(opening)
        yield Clients()
        await trio.sleep(closing)

    steps = EMPTY.with_step("a", after(1))
    outcome = run(steps, resources=clients(100, 0), timeout=5)
    assert str(outcome.timed_out).endswith("was cancelled after its timeout of 5 s; no step was running.")
    assert (transitions(outcome), outcome.took) == ([("run", "started"), ("run", "failed")], 5)
    assert run(steps, resources=clients(3, 4), timeout=5).status == "completed"
    outcome = run(EMPTY.with_step("a", after(3)), resources=clients(3, 0), timeout=5)
    assert str(outcome.timed_out).endswith('after its timeout of 5 s; these steps were running: "a".')
    assert outcome.took == 5


@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_nothing_is_opened_for_an_invalid_flow_input(run: Runner) -> None:
    opened: list[int] = []
    with pytest.raises(InvalidInputError):
        run(FlowDefinition("f", int, resources=Clients), "one", resources=lambda: opened.append(1))
    assert opened == []


def test_they_may_set_context_variables_for_handlers_and_predicates(run: Runner) -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    @contextmanager
    def clients() -> Iterator[Clients]:
        token = variable.set("set")
        yield Clients()
        variable.reset(token)

    async def on_asyncio(_: object, __: StepContext[Any, Clients]) -> str:
        return variable.get()

    async def is_set(_: object) -> bool:
        return variable.get() == "set"

    in_place = EMPTY.with_step("a", lambda _: variable.get()).with_step(
        "b", lambda _: 1, if_=lambda _: variable.get() == "set"
    )
    assert run(in_place, resources=clients).outputs == {"a": "set", "b": 1}
    elsewhere = in_place.with_step("c", on_asyncio, runs_in="asyncio").with_step("d", is_set)
    assert run(elsewhere, resources=clients).outputs == {"a": "set", "b": 1, "c": "set", "d": True}
    assert variable.get() == "unset"


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_they_may_have_tasks_of_their_own(run: Runner) -> None:
    @asynccontextmanager
    async def clients(*, is_bad: bool = False) -> AsyncIterator[Clients]:
        async def beat() -> None:
            await trio.sleep(1)
            if is_bad:
                raise OSError("lost")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(beat)
            yield Clients()

    steps = EMPTY.with_step("a", after(2), max_attempts=1)
    assert run(steps, resources=clients()).status == "completed"
    assert run(steps, resources=clients(), cancel_after=1).status == "cancelled"
    failed = run(EMPTY.with_step("a", raising(OSError("no")), max_attempts=1), resources=clients())
    assert failed.error is not None
    assert not hasattr(failed.error, "__notes__")
    lost = run(steps, resources=clients(is_bad=True))
    assert str(lost.resources_error) == 'flow "f": the resources failed while the run was using them: OSError: lost.'
    assert (lost.status, lost.events.words[-1]) == ("cancelled", "run cancelled")


def test_resources_that_cancel_the_run_themselves_are_said_to(run: Runner) -> None:
    @asynccontextmanager
    async def clients() -> AsyncIterator[Clients]:
        with trio.move_on_after(1):
            yield Clients()

    outcome = run(EMPTY.with_step("a", after(2)), resources=clients)
    assert str(outcome.resources_error) == 'flow "f": the resources cancelled the run.'


@pytest.mark.starts_over
def test_a_context_manager_of_a_generator_serves_one_run(run: Runner) -> None:
    for given in (given_in("a context manager", Clients()), given_in("a sync context manager", Clients())):
        assert run(EMPTY.with_step("a", use), resources=given).status == "completed"
        with pytest.raises(InvalidResourcesError) as caught:
            run(EMPTY.with_step("a", use), resources=given)
        assert str(caught.value) == (
            'flow "f": the context manager was used for another run already, and can be entered only once. Pass the '
            "function that makes it, without calling it."
        )


@pytest.mark.parametrize("error", [OSError("no"), BaseException("no"), SystemExit("no")])
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_run_whose_resources_cannot_be_opened_starts_no_step(run: Runner, error: BaseException) -> None:
    outcome = run(EMPTY.with_step("a", use), resources=lambda: opening(error))
    problem = outcome.resources_error
    assert isinstance(problem, ResourcesError)
    assert str(problem) == f'flow "f": the resources could not be opened: {type(error).__name__}: no.'
    assert (problem.__cause__, problem.outputs, problem.flow) == (error, None, "f")
    assert transitions(outcome) == [("run", "started"), ("run", "failed")]
    assert outcome.events[-1].error in {problem, error}  # what is meant for the program is not wrapped


def test_resources_that_use_asyncio_on_trio_say_which_option_to_set(run: Runner) -> None:
    problem = run(EMPTY, resources=lambda: opening(RuntimeError("no running event loop"))).resources_error
    assert str(problem) == (
        'flow "f": the resources could not be opened: RuntimeError: no running event loop. They use asyncio, but are '
        'opened and closed on trio, where other handlers run. Open them on asyncio: Flow(..., runs_in="asyncio").'
    )


@pytest.mark.starts_over
@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_run_that_has_completed_keeps_its_outputs_if_they_cannot_be_closed(run: Runner) -> None:
    error = OSError("no")
    outcome = run(EMPTY.with_step("a", lambda _: 1), resources=closing(error))
    problem = outcome.resources_error
    assert problem is not None
    assert str(problem) == (
        'flow "f": the resources could not be closed: OSError: no. The run had completed: its outputs are in this '
        "error."
    )
    assert (problem.__cause__, problem.outputs) == (error, {"a": 1})
    assert outcome.events.words[-1] == "run completed"


@pytest.mark.pgflow_differs("Resources belong to a worker")
def test_a_run_that_has_failed_says_so_if_they_cannot_be_closed_either(run: Runner) -> None:
    class Stubborn(Clients):
        async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool | None:
            raise OSError("stuck")

    outcome = run(EMPTY.with_step("a", raising(ValueError("no")), max_attempts=1), resources=Stubborn)
    assert isinstance(outcome.error, StepFailedError)
    assert outcome.error.__notes__ == ["The resources could not be closed: OSError: stuck"]
    cancelled = run(EMPTY.with_step("a", after(2)), resources=Stubborn, cancel_after=1)
    assert str(cancelled.resources_error) == 'flow "f": the resources could not be closed: OSError: stuck.'


def test_they_cannot_hide_that_the_run_failed(run: Runner) -> None:
    class Hiding(Clients):
        async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool | None:
            return True

    assert run(EMPTY.with_step("a", untidy).with_step("b", raising(OSError("no"))), resources=Hiding).status == "failed"


class Reading(Protocol):
    def read(self) -> str: ...


class Pair(TypedDict):
    log: list[str]
    other: Clients


class Reader:
    def read(self) -> str:
        return ""


class Open:
    def __enter__(self) -> int:
        return 1

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.unstorable
@pytest.mark.parametrize(
    ("declared", "given"),
    [
        (Reading, Reader()),
        (Reading, Reader),
        (Pair, {"log": [], "other": Clients()}),
        (Pair, lambda: {"log": [], "other": Clients()}),
        (Clients | None, None),
        (Clients | int, Clients()),
        (list[str], []),
        (Any, 1),
        (int, Open()),
        (None, None),
    ],
)
def test_what_is_an_instance_of_the_declared_class(run: Runner, declared: Any, given: Any) -> None:
    steps = FlowDefinition("f", Any, resources=declared).with_step("a", lambda _, context: context.resources)
    assert run(steps, resources=given).status == "completed"


async def coroutine() -> Clients:
    return Clients()


async def async_generator() -> AsyncIterator[Clients]:
    yield Clients()


WANTED = "an instance of Clients, or a context manager or a function that gives one"
REFUSED: dict[str, tuple[Any, Callable[[], dict[str, Any]], str]] = {
    "none": (Clients, dict, f"it needs resources. Pass resources=..., {WANTED}."),
    "None": (Clients, lambda: {"resources": None}, f"the resources must be {WANTED}, not None."),
    "a text": (Clients, lambda: {"resources": "a"}, f"the resources must be {WANTED}, not a value of type str."),
    "a dict with another value": (
        Pair,
        lambda: {"resources": {"log": [], "other": 1}},
        f"the resources must be {WANTED.replace('Clients', 'Pair')}, not a value of type dict.",
    ),
    "a dict without a key": (
        Pair,
        lambda: {"resources": {"log": []}},
        f"the resources must be {WANTED.replace('Clients', 'Pair')}, not a value of type dict.",
    ),
    "a coroutine": (
        Clients,
        lambda: {"resources": coroutine()},
        'the resources are a coroutine. Pass the function "coroutine" without calling it.',
    ),
    "undeclared": (
        None,
        lambda: {"resources": Clients()},
        "it declares no resources, but the run was given some. Declare their class: Flow(..., resources=...).",
    ),
    "of a context manager": (
        Clients,
        lambda: {"resources": Open()},
        "the resources must be an instance of Clients, but what Open() gave is a value of type int.",
    ),
    "of a class": (
        Clients,
        lambda: {"resources": Reader},
        "the resources must be an instance of Clients, but what Reader() gave is a value of type Reader.",
    ),
    "an undecorated function": (
        Clients,
        lambda: {"resources": async_generator},
        (
            "the resources must be an instance of Clients, but what async_generator() gave is a value of type "
            "async_generator. Decorate it with contextlib.asynccontextmanager."
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_resources_are_refused_before_anything_starts(run: Runner, case: str) -> None:
    declared, given, reason = REFUSED[case]
    started: list[int] = []
    steps = FlowDefinition("f", Any, resources=declared).with_step("a", lambda _: started.append(1))
    with pytest.raises(InvalidResourcesError) as caught:
        run(steps, **given())
    assert str(caught.value) == f'flow "f": {reason}'
    assert (caught.value.flow, caught.value.reason, started) == ("f", reason, [])
