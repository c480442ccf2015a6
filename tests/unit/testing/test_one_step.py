"""Steps that a test runs by themselves."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
import trio

from typedflow import (
    Flow,
    InvalidInputError,
    InvalidOutputError,
    InvalidResourcesError,
    StepContext,
    StepInput,
    UndeclaredInputError,
    UnknownStepError,
)
from typedflow.testing import run_step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Page(TypedDict):
    url: str


class Website(TypedDict):
    title: str
    text: str


async def fetch(inputs: StepInput) -> Website:
    return {"title": "Home", "text": inputs["run"]["url"]}


def words(inputs: StepInput) -> list[str]:
    return inputs["website"]["text"].split()


analyze = (
    Flow("analyze", Page)
    .step("website", fetch)
    .step("words", words, depends_on=["website"])
    .step("count", lambda i: len(i["words"]), depends_on=["words"])
)
HOME: Website = {"title": "Home", "text": "all is well"}


async def test_a_step_runs_by_itself() -> None:
    assert await run_step(analyze, "website", {"run": {"url": "x"}}) == {"title": "Home", "text": "x"}
    assert await run_step(analyze, "words", {"run": {"url": "x"}, "website": HOME}) == ["all", "is", "well"]
    assert await run_step(analyze, "count", {"run": {"url": "x"}, "words": ["all"]}) == 1


async def test_a_handler_is_called_where_a_run_calls_it() -> None:
    flow = (
        Flow("threads", Page)
        .step("other", lambda i: threading.get_ident())
        .step("awaited", lambda i: ask(i["run"]["url"]))
        .step("own", thread, depends_on=["other"])
    )

    assert await run_step(flow, "other", {"run": {"url": ""}}) == threading.get_ident()
    assert await run_step(flow, "own", {"run": {"url": ""}, "other": 1}) != threading.get_ident()
    assert await run_step(flow, "awaited", {"run": {"url": "x"}}) == "asked x"


def thread(inputs: StepInput) -> int:
    return threading.get_ident()


async def ask(url: str) -> str:
    return f"asked {url}"


async def test_a_handler_is_given_the_context_of_the_test() -> None:
    flow = Flow("context", Page).step("seen", lambda i, context: (context.step, context.attempt, context.run_id))

    assert await run_step(flow, "seen", {"run": {"url": ""}}, attempt=2, run_id="7") == ("seen", 2, "7")


async def test_a_map_step_is_given_one_item() -> None:
    def longer(word: Any, context: StepContext[Page]) -> str:
        return f"{word} {context.flow_input}"

    flow: Flow[Page, Any] = analyze.map("longer", longer, over="words")

    assert await run_step(flow, "longer", "all", flow_input={"url": "x"}) == "all {'url': 'x'}"
    assert await run_step(flow, "longer", "all") == "all None"


async def test_a_step_that_there_is_not() -> None:
    with pytest.raises(UnknownStepError) as caught:
        await run_step(analyze, "word", {"run": {"url": "x"}})  # type: ignore[typedflow-unknown-step]

    assert str(caught.value) == 'flow "analyze", step "word": the flow has no such step. Did you mean "words"?'


async def test_an_input_with_other_keys_than_the_step_declares() -> None:
    with pytest.raises(ValueError, match="the step input must have the keys") as caught:
        await run_step(analyze, "words", {"run": {"url": "x"}})  # type: ignore[typedflow-step-input]

    assert str(caught.value) == (
        'flow "analyze", step "words": the step input must have the keys "run", "website", but has "run".'
    )


@pytest.mark.parametrize("given", [None, 3, ["run"]])
async def test_an_input_that_is_no_dict(given: Any) -> None:
    with pytest.raises(TypeError) as caught:
        await run_step(analyze, "words", given)

    assert str(caught.value) == (
        'flow "analyze", step "words": the step input must be a dict with the keys "run", "website", '
        f"not a {type(given).__name__}."
    )


async def test_an_input_without_keys() -> None:
    with pytest.raises(ValueError, match='the step input must have the keys "run", but has none'):
        await run_step(analyze, "website", {})  # type: ignore[typedflow-step-input]


async def test_an_output_of_a_map_step_that_is_no_list() -> None:
    flow = (
        Flow("f", list[int])
        .map("each", lambda item: item, over="run")
        .step("sum", lambda i: i["each"], depends_on=["each"])
    )
    given: Any = {"run": [1], "each": 1}
    with pytest.raises(TypeError) as caught:
        await run_step(flow, "sum", given)

    assert str(caught.value) == 'flow "f", step "sum": the output of the map step "each" must be a list, not a int.'


async def test_an_input_of_another_type_than_the_flow_takes() -> None:
    with pytest.raises(InvalidInputError) as caught:
        await run_step(analyze, "website", {"run": {"url": 3}})  # type: ignore[typeddict-item]

    assert str(caught.value) == (
        'flow "analyze": the input is not a valid Page: url: Input should be a valid string (given 3)'
    )


async def test_a_dependency_of_another_type_than_its_step_returns() -> None:
    website = {"title": 3, "text": ""}
    with pytest.raises(InvalidOutputError) as caught:
        await run_step(analyze, "words", {"run": {"url": "x"}, "website": website})  # type: ignore[typeddict-item]

    assert str(caught.value) == (
        'flow "analyze", step "website": the output is not a valid Website: '
        "title: Input should be a valid string (given 3)"
    )


async def test_a_dependency_that_a_condition_names_was_not_skipped() -> None:
    def count(inputs: StepInput) -> int:
        return 0 if inputs["website"] is None else len(inputs["website"]["text"])

    skippable = Flow("analyze", Page).step("website", fetch, when_exhausted="skip")
    plain = skippable.step("count", count, depends_on=["website"])
    named = skippable.step("count", lambda i: len(i["website"]["text"]), depends_on=["website"], if_={"website": {}})

    assert await run_step(plain, "count", {"run": {"url": "x"}, "website": None}) == 0
    with pytest.raises(InvalidOutputError) as caught:
        await run_step(named, "count", {"run": {"url": "x"}, "website": None})  # type: ignore[typeddict-item]
    assert str(caught.value) == (
        'flow "analyze", step "website": the output is not a valid Website: '
        "Input should be a valid dictionary (given None)"
    )


async def test_an_output_of_another_type_than_the_handler_declares() -> None:
    async def wrong(inputs: StepInput) -> int:
        answer: Any = "one"
        return answer  # type: ignore[no-any-return]

    with pytest.raises(InvalidOutputError) as caught:
        await run_step(Flow("wrong", Page).step("count", wrong), "count", {"run": {"url": "x"}})

    assert str(caught.value) == (
        'flow "wrong", step "count": the output is not a valid int: Input should be a valid integer (given \'one\')'
    )


async def test_a_handler_s_exception_is_its_own() -> None:
    def reads(inputs: Any) -> str:
        return str(inputs["website"])

    with pytest.raises(UndeclaredInputError):
        await run_step(Flow("reads", Page).step("read", reads), "read", {"run": {"url": "x"}})


async def test_resources_that_the_handler_reads_must_be_given() -> None:
    flow = Flow("f", int, resources=list).step("a", lambda i, context: context.resources.copy())
    assert await run_step(flow, "a", {"run": 1}, resources=[1]) == [1]
    assert await run_step(flow, "a", {"run": 1}, resources=list) == []
    with pytest.raises(InvalidResourcesError) as caught:
        await run_step(flow, "a", {"run": 1})
    assert str(caught.value) == (
        'flow "f": the handler of step "a" reads "copy" of its resources. Pass resources=... to run_step.'
    )


async def in_asyncio(inputs: StepInput, context: StepContext[int, list[str]]) -> str:
    await asyncio.sleep(0)
    return context.resources[0]


async def in_trio(inputs: StepInput) -> int:
    await trio.lowlevel.checkpoint()
    return 2


@asynccontextmanager
async def opened_in_asyncio() -> AsyncIterator[list[str]]:
    await asyncio.sleep(0)
    yield ["opened"]
    await asyncio.sleep(0)


def test_a_step_runs_where_a_run_calls_it_whoever_awaits_the_test() -> None:
    flow = (
        Flow("f", int, resources=list)
        .step("aio", in_asyncio, runs_in="asyncio")
        .step("thread", lambda i: threading.get_ident(), runs_in="thread")
        .step("lambda", lambda i: 1)
    )
    other = Flow("g", int).step("trio", in_trio)

    async def test() -> None:
        assert await run_step(flow, "aio", {"run": 1}, resources=opened_in_asyncio) == "opened"
        assert await run_step(flow, "aio", {"run": 1}, resources=["given"]) == "given"
        assert await run_step(flow, "thread", {"run": 1}) != threading.get_ident()
        assert await run_step(flow, "lambda", {"run": 1}) == 1
        assert await run_step(other, "trio", {"run": 1}) == 2

    trio.run(test)
    asyncio.run(test())
