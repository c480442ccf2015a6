"""What is declared is checked: the flow input before anything starts, an output at the step that produced it."""

import datetime as dt
import decimal
import sys
import typing
from collections import ChainMap, deque
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Annotated, Any, Literal, LiteralString, NoReturn, TypedDict

import numpy as np
import pydantic
import pytest

from typedflow import (
    FlowDefinition,
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOutputError,
    Options,
    StepFailedError,
)
from typedflow._definition.validation import decode_input, validate_input
from typedflow.engines._local.runs import execute

if TYPE_CHECKING:
    from decimal import Decimal

from tests.unit.definition.declared_types import (
    SITE,
    Box,
    Colour,
    Extended,
    Model,
    Nested,
    Plain,
    Point,
    Report,
    Sites,
    Tree,
    Unfinished,
    UserId,
    Website,
)


def returning(declared: Any, output: object) -> Callable[[Any], Any]:
    """A handler that declares one thing and returns perhaps another."""

    async def handler(inputs: Any) -> Any:
        return output

    handler.__annotations__["return"] = declared
    return handler


ONE_ATTEMPT = Options(max_attempts=1)


async def run_one(handler: object) -> Any:
    return (await execute(FlowDefinition("shop", Any, ONE_ATTEMPT).with_step("only", handler), None))["only"]


class TestOutput:
    @pytest.mark.parametrize(
        ("declared", "output"),
        [
            (Website, SITE),
            (Extended, {"title": "t"}),
            (list[Website], [SITE]),
            (dict[str, Website], {"a": SITE}),
            (Sites, {"best": SITE, "all": [SITE]}),
            (Report, Report(SITE)),
            (list[Report], [Report(SITE)]),
            (Model, Model(x=1)),
            (Point, Point(1, 2)),
            (UserId, UserId(1)),
            (Literal["a", "b"], "a"),
            (int | str, "text"),
            (typing.Optional[Website], None),  # noqa: UP045  the old spelling is in use
            (Website | None, SITE),
            (None, None),
            (Colour, Colour.RED),
            (tuple[int, ...], (1, 2)),
            (dt.date, dt.date(2024, 1, 1)),
            (float, 1),
            (bytes, b"\xff"),
            (Mapping[str, object], {"a": object()}),
            (Annotated[int, {"unhashable": "metadata"}], 1),
            (Annotated[int, pydantic.Field(gt=0)], 1),
            (Any, Plain()),
            (object, Plain()),
            ("Website", SITE),
            (list["Website"], [SITE]),
        ],
    )
    async def test_what_is_declared_passes_and_is_handed_over_as_it_is(self, declared: Any, output: object) -> None:
        assert await run_one(returning(declared, output)) is output

    @pytest.mark.parametrize(
        ("declared", "output", "expected", "problem"),
        [
            (Website, {"title": "t"}, "Website", "size: Field required"),
            (Website, {"title": 1, "size": 2}, "Website", "title: Input should be a valid string (given 1)"),
            (Website, None, "Website", "Input should be a valid dictionary (given None)"),
            (Extended, {}, "Extended", "title: Field required"),
            (list[Website], [SITE, {"title": "t"}], f"list[{Plain.__module__}.Website]", "1.size: Field required"),
            (Sites, {"best": {}}, "Sites", "best.title: Field required; best.size: Field required"),
            (Model, {"x": 1}, "Model", "Input should be an instance of Model (given {'x': 1})"),
            (UserId, "1", f"{Plain.__module__}.UserId", "Input should be a valid integer (given '1')"),
            (Literal["a", "b"], "c", "Literal['a', 'b']", "Input should be 'a' or 'b' (given 'c')"),
            (None, 1, "NoneType", "Input should be None (given 1)"),
            (int, "1", "int", "Input should be a valid integer (given '1')"),
            (bool, 1, "bool", "Input should be a valid boolean (given 1)"),
            (int, np.float64(1.5), "int", "Input should be a valid integer (given 1.5)"),
            (AbstractSet[int], {"1"}, "collections.abc.Set[int]", "0: Input should be a valid integer (given '1')"),
            (
                Sequence[int],
                [1, "a"],
                "collections.abc.Sequence[int]",
                "1: Input should be a valid integer (given 'a')",
            ),
            (Box[int], Box(anything="1"), "Box[int]", "item: Input should be a valid integer (given '1')"),
            (Box[int], {"item": 1}, "Box[int]", "Input should be an instance of Box[int] (given {'item': 1})"),
            (str, 1, "str", "Input should be a valid string (given 1)"),
            (tuple[int, ...], [1], "tuple[int, ...]", "Input should be a valid tuple (given [1])"),
            (Annotated[int, pydantic.Field(gt=0)], 0, None, "Input should be greater than 0 (given 0)"),
        ],
    )
    async def test_anything_else_fails_at_the_step_that_produced_it(
        self, declared: Any, output: object, expected: str | None, problem: str
    ) -> None:
        with pytest.raises(StepFailedError) as caught:
            await run_one(returning(declared, output))
        cause = caught.value.__cause__
        assert isinstance(cause, InvalidOutputError)
        assert isinstance(cause.__context__, pydantic.ValidationError)
        assert (caught.value.step, cause.flow, cause.step) == ("only", "shop", "only")
        assert "; ".join(cause.errors) == problem
        if expected is not None:
            assert cause.expected == expected
            assert str(cause) == f'flow "shop", step "only": the output is not a valid {expected}: {problem}'

    @pytest.mark.parametrize(
        ("declared", "output"),
        [
            (int, True),
            (list[int | None], [True, None]),
            (float, False),
            (complex, 1),
            (dt.date, dt.datetime(2024, 1, 1, tzinfo=dt.UTC)),
            (decimal.Decimal, decimal.Decimal("NaN")),
            (AbstractSet[int], {1}),
            (AbstractSet[str], {"a": 1}.keys()),
            (MutableSequence[int], deque([1])),
            (Mapping[str, int], ChainMap({"a": 1})),
            (Sequence[str], "text"),
            (Sequence[int], range(3)),
            (Sequence[int], b"x"),
            (LiteralString, "text"),
            (Box[int], Box(anything=1)),
            (list[Box[int]], [Box(anything=True)]),
            (Nested, {"flag": True, "boxes": [Box(anything=1)], "names": {"a"}}),
            (Tree, [True, [1, [False]]]),
            (int, np.int64(1)),
            (float, np.float32(0.5)),
            (bool, np.bool_(1)),
            (list[int], [np.int64(1)]),
            (dt.date, np.datetime64("2024-01-01")),
        ],
    )
    async def test_what_a_type_checker_accepts_passes_and_stays_what_it_is(self, declared: Any, output: object) -> None:
        assert await run_one(returning(declared, output)) is output

    async def test_a_dependent_of_a_step_with_a_wrong_output_does_not_start(self) -> None:
        started: list[int] = []
        flow = FlowDefinition("shop", Any, ONE_ATTEMPT).with_step("a", returning(int, "1"))
        flow = flow.with_step("b", lambda _: started.append(1), ["a"])
        with pytest.raises(StepFailedError, match='step "a"'):
            await execute(flow, None)
        assert started == []

    async def test_of_many_problems_ten_are_shown(self) -> None:
        with pytest.raises(StepFailedError) as caught:
            await run_one(returning(list[int], ["x"] * 1000))
        cause = caught.value.__cause__
        assert isinstance(cause, InvalidOutputError)
        assert len(cause.errors) == 1000
        assert str(cause).endswith("9: Input should be a valid integer (given 'x'); and 990 more")

    async def test_a_long_value_is_shown_in_part(self) -> None:
        with pytest.raises(StepFailedError) as caught:
            await run_one(returning(int, "x" * 1000))
        assert len(str(caught.value)) < 300

    async def test_what_is_not_a_type_is_refused_before_anything_runs(self) -> None:
        started: list[int] = []
        flow = FlowDefinition("shop", Any, ONE_ATTEMPT).with_step("a", lambda _: started.append(1))
        flow = flow.with_step("b", returning(3, None))
        with pytest.raises(InvalidHandlerError) as caught:
            await execute(flow, None)
        assert started == []
        assert str(caught.value) == (
            'flow "shop", step "b": pydantic cannot validate the return type 3: Unable to generate pydantic-core '
            "schema for 3. Annotate a class, or a container of its instances."
        )

    @pytest.mark.skipif(sys.version_info >= (3, 15), reason="pydantic takes the part for a single item there")
    async def test_a_tuple_with_a_part_of_any_length_cannot_be_checked(self) -> None:
        with pytest.raises(InvalidHandlerError, match="pydantic cannot validate the return type tuple"):
            await run_one(returning("tuple[int, *tuple[str, ...]]", (1, "a", "b")))

    @pytest.mark.parametrize(
        ("declared", "missing"),
        [
            ("Decimal", "name 'Decimal' is not defined"),
            (list["Decimal"], "name 'Decimal' is not defined"),
            (Unfinished, "name 'Decimal' is not defined"),
            ("typing.Missing", "module 'typing' has no attribute 'Missing'"),
        ],
    )
    async def test_a_type_that_does_not_exist_at_run_time_is_refused_before_anything_runs(
        self, declared: Any, missing: str
    ) -> None:
        with pytest.raises(InvalidHandlerError) as caught:
            await run_one(returning(declared, None))
        assert str(caught.value) == (
            f'flow "shop", step "only": the return type cannot be found at run time: {missing}. '
            "Define it at the module's top level, or import it there, outside `if TYPE_CHECKING:`."
        )

    async def test_a_parameter_may_have_a_type_that_exists_for_the_checker_alone(self) -> None:
        def handler(inputs: "Decimal") -> int:
            return 1

        assert await run_one(handler) == 1

    async def test_a_handler_that_never_returns_is_a_handler(self) -> None:
        def handler(inputs: Any) -> NoReturn:
            raise ValueError("no")

        with pytest.raises(StepFailedError, match="ValueError: no"):
            await run_one(handler)

    async def test_a_validator_of_the_users_that_raises_something_else_is_the_cause(self) -> None:
        def check(value: object) -> object:
            raise KeyError("from the validator")

        with pytest.raises(StepFailedError) as caught:
            await run_one(returning(Annotated[int, pydantic.AfterValidator(check)], 1))
        assert isinstance(caught.value.__cause__, KeyError)


class TestInput:
    @pytest.mark.parametrize(
        ("input_type", "value"),
        [(Website, SITE), (int, 1), (str, ""), (None, None), (list[Website], [SITE]), (Report, Report(SITE)), (Any, 1)],
    )
    def test_an_input_of_the_declared_type_passes(self, input_type: Any, value: object) -> None:
        assert validate_input(FlowDefinition("shop", input_type), value) == value

    @pytest.mark.parametrize(
        ("input_type", "value", "problem"),
        [
            (Website, {}, "Website: title: Field required; size: Field required"),
            (int, "1", "int: Input should be a valid integer (given '1')"),
            (list[int], [1, None], "list[int]: 1: Input should be a valid integer (given None)"),
        ],
    )
    async def test_any_other_is_refused_before_anything_starts(
        self, input_type: Any, value: object, problem: str
    ) -> None:
        started: list[int] = []
        flow = FlowDefinition("shop", input_type).with_step("a", lambda _: started.append(1))
        with pytest.raises(InvalidInputError) as caught:
            await execute(flow, value)
        assert str(caught.value) == f'flow "shop": the input is not a valid {problem}'
        assert caught.value.flow == "shop"
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value.__context__, pydantic.ValidationError)
        assert started == []

    def test_the_metaclass_of_typed_dicts_is_left_as_it_was(self) -> None:
        class Fresh(TypedDict):
            number: int

        assert validate_input(FlowDefinition("shop", Fresh), {"number": 1}) == {"number": 1}
        assert type(Fresh).__module__ == "typing"

    @pytest.mark.parametrize(
        ("input_type", "problem"),
        [
            (3, "3: Unable to generate pydantic-core schema for 3"),
            (Unfinished, "Unfinished: name 'Decimal' is not defined"),
        ],
    )
    def test_an_input_type_that_cannot_be_validated(self, input_type: Any, problem: str) -> None:
        with pytest.raises(InvalidInputTypeError) as caught:
            validate_input(FlowDefinition("shop", input_type), {})
        assert str(caught.value) == (
            f'flow "shop": pydantic cannot validate the input type {problem}. '
            "Use a TypedDict, a dataclass, a pydantic model or plain data."
        )

    def test_json_is_decoded_as_the_type_has_it(self) -> None:
        report = decode_input(FlowDefinition("shop", Report), '{"website": {"title": "t", "size": 1}, "tags": ["a"]}')
        assert report == Report(SITE, {"a"})
        assert decode_input(FlowDefinition("shop", dt.date), b'"2024-01-02"') == dt.date(2024, 1, 2)

    @pytest.mark.parametrize("text", ["", "{", '{"title": "t", "size": "1"}', b"\xff"])
    def test_json_that_is_none_or_of_another_type_is_refused(self, text: str | bytes) -> None:
        with pytest.raises(InvalidInputError, match='flow "shop": the input is not a valid Website: '):
            decode_input(FlowDefinition("shop", Website), text)
