"""Whatever can be called with a step input is a handler; where it runs depends on what it is."""

import functools
import operator
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, NoReturn
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest
import trio

from tests.unit.definition.steps import handler_of
from typedflow import FlowDefinition, Handler, InvalidHandlerError, RunsIn, StepContext, StepInput
from typedflow._definition.options import DEFAULTS
from typedflow.engines._local.runs import execute


async def run_one(handler: object, runs_in: RunsIn | None = None) -> Any:
    """The output of a flow of one step, given the input 5."""
    definition = FlowDefinition("f", int).with_step("only", handler, runs_in=runs_in)
    return (await execute(definition, 5))["only"]


async def coroutine(inputs: Any) -> int:
    return int(inputs["run"]) + 1


class TestParametersNamedAfterSteps:
    """As in libraries that match the parameters of a function with the steps; a handler takes one step input."""

    def test_they_are_refused(self) -> None:
        definition = FlowDefinition("shop", int).with_step("site", plain).with_step("words", plain)
        with pytest.raises(InvalidHandlerError) as caught:
            definition.with_step("both", lambda site, words: 1, ["site", "words"])
        assert str(caught.value) == (
            'flow "shop", step "both": the handler has the parameter "words", a dependency, but it is called '
            'with one step input and a StepContext. Give it one parameter, inputs, and read inputs["words"].'
        )

    def test_the_context_may_have_the_name_of_a_step(self) -> None:
        definition = FlowDefinition("shop", int).with_step("context", plain).with_step("c", plain)

        def annotated(inputs: Any, c: StepContext[int]) -> int:
            return 1

        assert definition.with_step("both", lambda inputs, context: 1, ["context"]).steps
        assert definition.with_step("both", annotated, ["c"]).steps
        assert definition.with_step("both", lambda inputs, words: 1, ["c"]).steps


def plain(inputs: Any) -> int:
    return int(inputs["run"]) + 1


async def scaled_coroutine(factor: int, inputs: Any) -> int:
    return int(inputs["run"]) + factor


def scaled(factor: int, inputs: Any) -> int:
    return int(inputs["run"]) + factor


class Adder:
    async def coroutine(self, inputs: Any) -> int:
        return int(inputs["run"]) + 1

    def plain(self, inputs: Any) -> int:
        return int(inputs["run"]) + 1

    @classmethod
    async def of_class(cls, inputs: Any) -> int:
        return int(inputs["run"]) + 1

    @staticmethod
    def static(inputs: Any) -> int:
        return int(inputs["run"]) + 1


class Unsigned:
    """What inspect cannot describe, as AsyncMock on Python 3.11.2."""

    __signature__ = "none"

    def __call__(self, inputs: Any) -> int:
        return 6


class CallableObject:
    def __call__(self, inputs: Any) -> int:
        return int(inputs["run"]) + 1


class AsyncCallableObject:
    async def __call__(self, inputs: Any) -> int:
        return int(inputs["run"]) + 1


def deferred(inputs: Any) -> Coroutine[Any, Any, int]:
    return coroutine(inputs)


class Later:
    """An awaitable that is no coroutine."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs

    def __await__(self) -> Any:
        return coroutine(self.inputs).__await__()


def later(inputs: Any) -> Awaitable[int]:
    return Later(inputs)


def through(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def async_through(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("handler", "runs_in"),
    [
        pytest.param(coroutine, "trio", id="async def"),
        pytest.param(plain, "thread", id="def"),
        pytest.param(lambda i: i["run"] + 1, "inline", id="lambda"),
        pytest.param(lambda i: coroutine(i), "inline", id="lambda that returns a coroutine"),  # noqa: PLW0108  a lambda is what is tested
        pytest.param(lambda i: Later(i), "inline", id="lambda that returns an awaitable"),  # noqa: PLW0108  as above
        pytest.param(functools.partial(scaled_coroutine, 1), "trio", id="partial of async def"),
        pytest.param(functools.partial(scaled, 1), "thread", id="partial of def"),
        pytest.param(functools.partial(functools.partial(scaled), 1), "thread", id="partial of partial"),
        pytest.param(functools.partial(lambda n, i: i["run"] + n, 1), "inline", id="partial of lambda"),
        pytest.param(functools.partial(CallableObject()), "thread", id="partial of a callable object"),
        pytest.param(Adder().coroutine, "trio", id="async method"),
        pytest.param(Adder().plain, "thread", id="method"),
        pytest.param(Adder.of_class, "trio", id="class method"),
        pytest.param(Adder.static, "thread", id="static method"),
        pytest.param(CallableObject(), "thread", id="callable object"),
        pytest.param(AsyncCallableObject(), "trio", id="async callable object"),
        pytest.param(through(plain), "thread", id="decorated def"),
        pytest.param(async_through(coroutine), "trio", id="async decorated async def"),
        pytest.param(async_through(deferred), "trio", id="async decorated def that returns a coroutine"),
        pytest.param(through(coroutine), "thread", id="async def in a wrapper that is none"),
        pytest.param(deferred, "thread", id="def that returns a coroutine"),
        pytest.param(later, "thread", id="def that returns an awaitable"),
        pytest.param(Mock(return_value=6), "thread", id="Mock"),
        pytest.param(AsyncMock(return_value=6), "thread", id="AsyncMock"),
        pytest.param(MagicMock(return_value=6), "thread", id="MagicMock"),
        pytest.param(create_autospec(plain, return_value=6), "thread", id="mock of def"),
        pytest.param(Unsigned(), "thread", id="object without a signature"),
    ],
)
async def test_any_callable_is_called_where_it_belongs(handler: object, runs_in: RunsIn) -> None:
    assert Handler.of(handler).runs_in == runs_in
    assert await run_one(handler) == 6


@pytest.mark.parametrize(
    ("default", "kinds"),
    [
        ("trio", ["trio", "thread", "inline"]),
        ("asyncio", ["asyncio", "thread", "inline"]),
        ("thread", ["trio", "thread", "inline"]),
        ("process", ["trio", "process", "inline"]),
        ("inline", ["trio", "inline", "inline"]),
    ],
)
def test_the_option_of_a_flow_applies_to_the_handlers_that_it_suits(default: RunsIn, kinds: list[RunsIn]) -> None:
    handlers: list[Any] = [coroutine, plain, lambda _: 1]
    for handler, expected in zip(handlers, kinds, strict=True):
        steps = FlowDefinition("f", int, DEFAULTS.updated("f", None, {"runs_in": default})).with_step("only", handler)
        assert handler_of(steps["only"]).runs_in == expected


def test_a_new_handler_runs_where_the_one_did_that_it_replaces_if_it_can() -> None:
    steps = FlowDefinition("f", int).with_step("only", coroutine, runs_in="asyncio")

    assert handler_of(steps.with_replaced("only", coroutine)["only"]).runs_in == "asyncio"
    assert handler_of(steps.with_replaced("only", plain)["only"]).runs_in == "thread"
    assert handler_of(steps.with_replaced("only", plain, runs_in="inline")["only"]).runs_in == "inline"


@pytest.mark.parametrize("runs_in", ["thread", "process", "inline"])
def test_an_async_def_is_awaited_and_runs_nowhere_else(runs_in: RunsIn) -> None:
    with pytest.raises(InvalidHandlerError) as caught:
        FlowDefinition("f", int).with_step("only", coroutine, runs_in=runs_in)
    assert str(caught.value) == (
        'flow "f", step "only": the handler coroutine is an async def, which is awaited, so it cannot have '
        f'runs_in="{runs_in}". Use runs_in="trio" or runs_in="asyncio", or make it a def.'
    )


def test_a_lambda_does_not_run_in_a_process() -> None:
    with pytest.raises(InvalidHandlerError) as caught:
        FlowDefinition("f", int).with_step("only", lambda _: 1, runs_in="process")
    assert str(caught.value) == (
        'flow "f", step "only": the handler is a lambda, which a worker process cannot find by its name, so it cannot '
        'have runs_in="process". Pass a function of a module.'
    )


async def test_builtins_and_classes_are_handlers() -> None:
    assert await run_one(create_autospec(coroutine, return_value=6)) == 6  # which mode it has depends on the Python
    assert await run_one(operator.itemgetter("run")) == 5
    assert await run_one(len) == 1
    assert await run_one(dict) == {"run": 5}


async def test_a_plain_function_runs_in_another_thread_and_everything_else_in_place() -> None:
    here = threading.get_ident()

    def thread_of(inputs: Any) -> int:
        return threading.get_ident()

    async def async_thread_of(inputs: Any) -> int:
        return threading.get_ident()

    assert await run_one(thread_of) != here
    assert await run_one(thread_of, runs_in="inline") == here
    assert await run_one(async_thread_of) == here
    assert await run_one(lambda _: threading.get_ident()) == here


async def test_what_a_thread_returns_is_awaited_in_the_nursery() -> None:
    threads: list[int] = []

    async def second_half() -> None:
        threads.append(threading.get_ident())
        await trio.lowlevel.checkpoint()

    def first_half(inputs: Any) -> Coroutine[Any, Any, None]:
        threads.append(threading.get_ident())
        return second_half()

    await run_one(first_half)
    assert threads[0] != threads[1] == threading.get_ident()


class TestContext:
    async def test_a_second_parameter_without_a_default_receives_the_context(self) -> None:
        async def of_async(inputs: Any, context: StepContext) -> object:
            return context

        def of_thread(inputs: Any, context: StepContext) -> object:
            return context

        handlers: list[Any] = [
            of_async,
            of_thread,
            lambda inputs, context: context,
            functools.partial(of_thread),
            through(of_thread),
            async_through(of_async),
        ]
        for handler in handlers:
            context = await run_one(handler)
            assert isinstance(context, StepContext)
            assert (context.flow, context.step, context.flow_input) == ("f", "only", 5)

    async def test_a_second_parameter_with_a_default_keeps_it(self) -> None:
        def defaulted(inputs: Any, context: str = "mine") -> str:
            return context

        def variadic(*arguments: Any, **options: Any) -> tuple[int, int]:
            return len(arguments), len(options)

        def bound(inputs: Any, database: str) -> str:
            return database

        assert await run_one(defaulted) == "mine"
        assert await run_one(variadic) == (1, 0)
        assert await run_one(functools.partial(bound, database="db")) == "db"

    async def test_a_decorator_that_passes_an_argument_of_its_own_is_called_with_what_it_takes(self) -> None:
        def with_database(function: Callable[..., Any]) -> Callable[[Any], Any]:
            @functools.wraps(function)
            def wrapper(inputs: Any) -> Any:
                return function(inputs, "db")

            return wrapper

        def with_key(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def wrapper(*args: Any) -> Any:
                return function(*args, key="key")

            return wrapper

        @with_database
        def query(inputs: Any, database: str) -> str:
            return database

        @with_key
        def fetch(inputs: Any, *, key: str) -> str:
            return key

        assert await run_one(query) == "db"
        assert await run_one(fetch) == "key"

    async def test_a_decorator_fills_in_what_stands_before_the_step_input(self) -> None:
        def with_label(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def wrapper(*args: Any) -> Any:
                return function("label", *args)

            return wrapper

        @with_label
        def labelled(label: str, inputs: StepInput) -> str:
            return label

        @with_label
        def said(label: str, inputs: "StepInput", context: "StepContext[int]") -> tuple[str, str]:
            return label, context.step

        assert await run_one(labelled) == "label"
        assert await run_one(said) == ("label", "only")


def no_parameter() -> None:
    pass


def three_parameters(a: Any, b: Any, c: Any) -> None:
    pass


def keyword_only(inputs: Any, *, key: str) -> None:
    pass


def only_keywords(**options: Any) -> None:
    pass


def generator(inputs: Any) -> Iterator[int]:
    yield 1


async def async_generator(inputs: Any) -> Any:
    yield 1


class GeneratorObject:
    def __call__(self, inputs: Any) -> Iterator[int]:
        yield 1


KEYWORD = "which is never passed. Give it a default, or bind it with functools.partial."
SIGNATURE = "It must take the step input, and may take a StepContext."
GENERATOR = "is a generator, but a step has one output. Return a list instead."


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (None, "the handler is not callable: None. Pass a function that takes the step input, and do not call it."),
        ("text", "the handler is not callable: 'text'. Pass a function that takes the step input, and do not call it."),
        (no_parameter, f"the handler no_parameter takes no parameter. {SIGNATURE}"),
        (only_keywords, f"the handler only_keywords takes no parameter. {SIGNATURE}"),
        (three_parameters, f"the handler three_parameters takes 3 parameters. {SIGNATURE}"),
        (lambda: 1, f"the handler <lambda> takes no parameter. {SIGNATURE}"),
        (keyword_only, f"the handler keyword_only requires the keyword argument 'key', {KEYWORD}"),
        (generator, f"the handler generator {GENERATOR}"),
        (async_generator, f"the handler async_generator {GENERATOR}"),
        (functools.partial(generator), None),
        (GeneratorObject(), None),
    ],
)
def test_what_cannot_be_a_handler_is_refused(handler: object, reason: str | None) -> None:
    with pytest.raises(InvalidHandlerError) as caught:
        FlowDefinition("shop", dict).with_step("a", handler)
    assert (caught.value.flow, caught.value.step) == ("shop", "a")
    if reason is None:
        assert caught.value.reason.endswith(GENERATOR)
    else:
        assert str(caught.value) == f'flow "shop", step "a": {reason}'


class TestOutputType:
    def test_it_is_the_awaited_type(self) -> None:
        for handler in (coroutine, plain, deferred, later, through(coroutine), async_through(deferred)):
            assert Handler.of(handler).output_type() is int

    def test_it_is_awaited_within_a_union(self) -> None:
        def handler(inputs: Any) -> int | Awaitable[str] | None:
            return None

        assert Handler.of(handler).output_type() == int | str | None

    def test_nothing_declared_is_any(self) -> None:
        for handler in (lambda _: 1, len, operator.itemgetter("run"), Mock()):
            assert Handler.of(handler).output_type() is Any

    def test_a_class_is_the_type_of_its_instances(self) -> None:
        assert Handler.of(Later).output_type() is Later

    def test_none_and_noreturn_are_types(self) -> None:
        def fails(inputs: Any) -> NoReturn:
            raise ValueError

        assert Handler.of(only_none).output_type() is type(None)
        assert Handler.of(fails).output_type() is NoReturn

    def test_the_annotation_may_be_a_string_that_names_what_the_function_closes_over(self) -> None:
        local = int
        unassigned: Any

        def handler(inputs: Any) -> "local":  # type: ignore[valid-type]  # a variable, at run time a type
            return local(unassigned if inputs is None else 1)

        assert Handler.of(handler).output_type() is int
        unassigned = 1


def only_none(inputs: Any) -> "None":
    pass
