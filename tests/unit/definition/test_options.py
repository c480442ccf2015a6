"""Options of flows, steps and map steps: what may be declared, what is refused and with which words."""

import copy
import math
import pickle
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from typedflow import (
    UNSET,
    Flow,
    FlowDefinition,
    InvalidConditionError,
    InvalidHandlerError,
    InvalidSlugError,
    InvalidStepOptionError,
    Options,
    RateLimit,
    SelfDependencyError,
    UnknownDependencyError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.unit.definition.steps import handler, handler_of, other, shop


def options_of(**options: Any) -> Options:
    return shop().with_step("c", handler, ["a", "b"], **options)["c"].options


WHOLE = "a whole number of at least 1"
FINITE = "a finite duration of at least 0 (seconds or a timedelta), a list of them, or a function of the attempt"
ABOVE = "a duration above 0 (seconds or a timedelta), or math.inf for no limit"
SHARE = "a number from 0 to 1"
DELAY = "a finite duration of at least 0 (seconds or a timedelta)"
PLACES = '"trio", "asyncio", "thread", "process" or "inline"'
CLASSES = "a class of exceptions, a tuple of them, or a function from an exception to a bool"
CACHE = 'a duration above 0 (seconds or a timedelta), or "forever"'
VERSION = "a string or a whole number"
MODES = '"fail", "skip" or "skip_cascade"'
EXHAUSTED_MODES = '"fail", "skip", "skip_cascade" or "none"'
NO_NUMBER: list[object] = [
    math.nan,
    -1,
    -0.5,
    True,
    False,
    "1",
    "",
    [1],
    Decimal(1),
    Fraction(1, 2),
    1j,
    handler,
    UNSET,
]

NO_DELAY = [value for value in NO_NUMBER if value not in ([1], handler)]


async def no_sync(_: object) -> bool:
    return True


WRONG: list[tuple[str, str, list[object]]] = [
    ("max_attempts", WHOLE, [*NO_NUMBER, 0, 0.5, 1.5, 3.0, math.inf]),
    ("base_delay", FINITE, [*NO_DELAY, math.inf, 10**400, [], (), [1, -1], [1, math.inf], ["1"], "12"]),
    ("base_delay", FINITE, [no_sync, lambda: 1, lambda a, b: 1]),
    ("max_delay", ABOVE, [*NO_NUMBER, 0, 0.0, -math.inf, 10**400]),
    ("jitter", SHARE, [*NO_NUMBER, 1.1, 2, math.inf, timedelta(0)]),
    ("timeout", ABOVE, [*NO_NUMBER, 0, 0.0, -math.inf, 10**400, timedelta(0), timedelta(-1)]),
    ("start_delay", DELAY, [*NO_NUMBER, math.inf, 10**400, timedelta(-1)]),
    (
        "retry_on",
        CLASSES,
        [
            (),
            [],
            [ValueError],
            ValueError("no"),
            "ValueError",
            int,
            BaseException,
            KeyboardInterrupt,
            (ValueError, 1),
            no_sync,
            lambda: True,
        ],
    ),
    ("rate_limit", "a RateLimit", [1, 1.5, "1", (1, 1), RateLimit]),
    ("max_interruptions", WHOLE, [*NO_NUMBER, 0, 0.5, 3.0, math.inf]),
    ("runs_in", PLACES, ["", "Trio", "threads", "process pool", True, 1, ["trio"], ("trio",), UNSET]),
]
WRONG_MODES: list[object] = ["", "Skip", "skip-cascade", "retry", True, 1, ["skip"], ("skip",), UNSET]

CASES = [(option, requirement, value) for option, requirement, values in WRONG for value in values]
STEP_CASES = [
    *CASES,
    *(("when_exhausted", EXHAUSTED_MODES, value) for value in WRONG_MODES),
    *(("cache", CACHE, value) for value in [*NO_NUMBER, 0, 0.0, timedelta(0), timedelta(-1), "Forever", "for ever"]),
    *(("cache_version", VERSION, value) for value in [True, 1.0, b"1", ("1",), Decimal(1), UNSET]),
]


def name_of(value: object) -> str:
    return getattr(value, "__name__", f"{value!r:.30}")


class TestValues:
    @pytest.mark.parametrize(("option", "requirement", "value"), STEP_CASES, ids=name_of)
    def test_a_wrong_value_is_refused_at_a_step(self, option: str, requirement: str, value: object) -> None:
        options: Any = {option: value}
        with pytest.raises(InvalidStepOptionError) as caught:
            shop().with_step("c", handler, **options)
        error = caught.value
        assert str(error) == f'flow "shop", step "c": {option} must be {requirement}, not {value!r:.80}.'
        assert (error.flow, error.step, error.option, error.requirement) == ("shop", "c", option, requirement)
        assert error.value is value

    @pytest.mark.parametrize(("option", "requirement", "value"), STEP_CASES, ids=name_of)
    def test_a_wrong_value_is_refused_at_a_map_step(self, option: str, requirement: str, value: object) -> None:
        options: Any = {option: value}
        with pytest.raises(InvalidStepOptionError) as caught:
            shop().with_map("c", handler, "a", **options)
        assert str(caught.value) == f'flow "shop", step "c": {option} must be {requirement}, not {value!r:.80}.'

    @pytest.mark.parametrize(("option", "requirement", "value"), CASES, ids=name_of)
    def test_a_wrong_value_is_refused_at_a_flow(self, option: str, requirement: str, value: object) -> None:
        options: Any = {option: value}
        with pytest.raises(InvalidStepOptionError) as caught:
            Flow("shop", dict, **options)
        assert str(caught.value) == f'flow "shop": {option} must be {requirement}, not {value!r:.80}.'
        assert caught.value.step is None

    def test_none_is_for_the_items_of_map_steps(self) -> None:
        assert shop().with_map("c", handler, "a", when_exhausted="none")["c"].options.when_exhausted == "none"
        flow = FlowDefinition("shop", Any, Options(when_exhausted="none"))
        for define in (partial(shop().with_step, when_exhausted="none"), flow.with_step):
            with pytest.raises(InvalidStepOptionError) as caught:
                define("c", handler)
            assert str(caught.value) == (
                f'flow "shop", step "c": when_exhausted must be {MODES} in a step that is not a map step, not \'none\'.'
            )
        assert flow.with_map("c", handler, "run")["c"].options.when_exhausted == "none"

    @pytest.mark.parametrize("value", WRONG_MODES, ids=name_of)
    def test_a_wrong_mode_is_refused_beside_a_condition(self, value: object) -> None:
        with pytest.raises(InvalidStepOptionError) as caught:
            shop().with_step("c", handler, if_={}, when_unmet=value)
        assert str(caught.value) == f'flow "shop", step "c": when_unmet must be {MODES}, not {value!r}.'

    @pytest.mark.parametrize("mode", ["fail", "skip", "skip_cascade"])
    @pytest.mark.parametrize("conditions", [{}, {"if_": UNSET}, {"if_": UNSET, "if_not": UNSET}])
    def test_what_an_unmet_condition_does_is_said_only_beside_a_condition(
        self, mode: str, conditions: dict[str, Any]
    ) -> None:
        definitions: list[Callable[[], object]] = [
            lambda: shop().with_step("c", handler, when_unmet=mode, **conditions),
            lambda: shop().with_step("c", handler, ["a"], when_unmet=mode, **conditions),
            lambda: shop().with_map("c", handler, "run", when_unmet=mode, **conditions),
            lambda: shop().with_map("c", handler, "a", when_unmet=mode, **conditions),
        ]
        for define in definitions:
            with pytest.raises(InvalidStepOptionError) as caught:
                define()
            assert str(caught.value) == (
                'flow "shop", step "c": when_unmet must be None if there is no if_ or if_not to be unmet, '
                f"not {mode!r}."
            )

    @pytest.mark.parametrize(
        ("option", "values"),
        [
            ("max_attempts", [1, 10**9]),
            ("base_delay", [0, -0.0, 1, 0.001, 5e-324, 10**9, (0.0,), (1.0, 2.5), abs]),
            ("max_delay", [1, 0.5, math.inf]),
            ("jitter", [0, -0.0, 0.5, 1]),
            ("timeout", [1, 0.5, math.inf]),
            ("start_delay", [0, -0.0, 0.5, 10**9]),
            ("retry_on", [(ValueError, OSError), (Exception,), callable]),
            ("rate_limit", [RateLimit(1), RateLimit(10, per=0.5, name="api")]),
            ("max_interruptions", [1, 10**9]),
            ("when_exhausted", ["fail", "skip", "skip_cascade"]),
            ("runs_in", ["trio", "asyncio"]),
            ("cache", [1, 5e-324, math.inf]),
        ],
    )
    def test_the_bounds_are_allowed(self, option: str, values: list[object]) -> None:
        for value in values:
            assert getattr(options_of(**{option: value}), option) == value

    def test_a_duration_may_be_a_timedelta_and_is_kept_in_seconds(self) -> None:
        delays = [timedelta(milliseconds=500), 2, timedelta(minutes=1)]
        options = options_of(timeout=timedelta(hours=1), max_delay=timedelta(days=1), start_delay=timedelta(0))
        assert (options.timeout, options.max_delay, options.start_delay) == (3600, 86400, 0)
        kept = [options_of(base_delay=each).base_delay for each in (delays, timedelta(seconds=3), range(1, 4))]
        assert kept == [(0.5, 2, 60), 3, (1, 2, 3)]

    def test_a_cache_is_kept_in_seconds(self) -> None:
        kept = [options_of(cache=each).cache for each in (timedelta(days=1), 0.5, "forever", None)]
        assert kept == [86400, 0.5, math.inf, None]

    @pytest.mark.parametrize("version", ["", "2", 0, 2])
    def test_a_cache_version_needs_a_cache(self, version: str | int) -> None:
        assert options_of(cache="forever", cache_version=version).cache_version == version
        without: list[Any] = [{}, {"cache": None}]
        for options in without:
            with pytest.raises(InvalidStepOptionError) as caught:
                shop().with_map("c", handler, "a", cache_version=version, **options)
            assert str(caught.value) == (
                f'flow "shop", step "c": cache_version must be None if there is no cache, not {version!r}.'
            )

    def test_one_class_of_exceptions_is_a_tuple_of_one(self) -> None:
        assert options_of(retry_on=ValueError).retry_on == (ValueError,)

    def test_none_is_as_if_the_option_were_not_given(self) -> None:
        every = [option for option, *_ in WRONG] + ["when_unmet", "when_exhausted", "cache", "cache_version"]
        assert options_of(**dict.fromkeys(every)) == Options()

    def test_a_step_without_options_has_the_defaults(self) -> None:
        options = options_of()
        assert (options.max_attempts, options.base_delay, options.max_delay) == (1, 1.0, math.inf)
        assert (options.jitter, options.timeout, options.start_delay) == (0.0, math.inf, 0.0)
        assert (options.retry_on, options.if_, options.if_not) == ((Exception,), UNSET, UNSET)
        assert options.max_interruptions == 10
        assert (options.when_unmet, options.when_exhausted) == ("skip", "fail")
        assert not options.has_condition
        assert not options.may_be_none


class TestUnknownOptions:
    def test_a_misspelt_option_gets_the_nearest_as_a_suggestion(self) -> None:
        with pytest.raises(TypeError) as caught:
            shop().with_step("c", handler, max_attempt=3)
        assert str(caught.value) == (
            'flow "shop", step "c": there is no option "max_attempt". Did you mean "max_attempts"?'
        )

    def test_where_no_option_is_near_all_are_listed(self) -> None:
        with pytest.raises(TypeError) as caught:
            shop().with_map("c", handler, "a", colour="red")
        assert str(caught.value) == (
            'flow "shop", step "c": there is no option "colour". The options of a step are max_attempts, base_delay, '
            "max_delay, jitter, timeout, start_delay, retry_on, rate_limit, max_interruptions, runs_in, cache, "
            "cache_version, if_, if_not, when_unmet, when_exhausted."
        )

    @pytest.mark.parametrize(
        ("option", "hint"),
        [
            ("max_concurrency", "Only .map() has it."),
            ("over", "Only .map() has it."),
            ("depend_on", 'Did you mean "depends_on"?'),
            ("run_in", 'Did you mean "runs_in"?'),
        ],
    )
    def test_what_the_call_itself_takes_is_known(self, option: str, hint: str) -> None:
        options: Any = {option: 1}
        with pytest.raises(TypeError) as caught:
            shop().with_step("c", handler, **options)
        assert str(caught.value) == f'flow "shop", step "c": there is no option "{option}". {hint}'

    @pytest.mark.parametrize("option", ["if_", "if_not", "when_unmet", "when_exhausted", "cache", "colour"])
    def test_a_flow_has_options_for_trying_a_step_and_none_for_skipping_it(self, option: str) -> None:
        options: Any = {option: "skip"}
        with pytest.raises(TypeError) as caught:
            Flow("shop", dict, **options)
        assert str(caught.value) == (
            f'flow "shop": there is no option "{option}". The options of a flow are max_attempts, base_delay, '
            "max_delay, jitter, timeout, start_delay, retry_on, rate_limit, max_interruptions, runs_in."
        )


class TestOptionsOfAFlow:
    def test_a_step_has_the_options_of_its_flow_and_its_own_instead(self) -> None:
        flow = Flow("shop", dict, max_attempts=5, timeout=math.inf, retry_on=OSError)
        flow = flow.step("a", handler).step("b", handler, max_attempts=1, jitter=0.5).step("c", handler, timeout=None)
        assert flow.get_step("a").options == Options(max_attempts=5, timeout=math.inf, retry_on=(OSError,))
        assert flow.get_step("b").options == Options(max_attempts=1, timeout=math.inf, retry_on=(OSError,), jitter=0.5)
        assert flow.get_step("c").options == flow.get_step("a").options

    def test_one_step_does_not_get_the_options_of_another(self) -> None:
        definition = shop().with_step("c", handler, max_attempts=7, if_={}).with_step("d", handler)
        assert definition["d"].options == Options()


USE = "Use a dict, a list, a string, a number, a boolean or None."


async def is_due(_: Any) -> bool:
    return True


def generate(_: Any) -> Iterator[bool]:
    yield True


REASON = "which JSON cannot represent: it becomes null. Write None."
KEYS = 'Its keys are the dependencies of the step, "a", "b", and "run" for the flow input.'


class TestConditions:
    @pytest.mark.parametrize("option", ["if_", "if_not"])
    @pytest.mark.parametrize(
        ("pattern", "problem"),
        [
            ({"a": [1, 2, math.nan]}, f'["a"][2] is NaN, {REASON}'),
            (
                {"b": {1, 2}},
                f'["b"] is a set, which has no JSON form. {USE}',
            ),
            ({"b": "\0"}, "[\"b\"] has the character '\\x00', which jsonb cannot hold. Remove it."),
            ({"c": 1}, f' tests "c", which the step does not depend on. {KEYS}'),
            ([], f" must be a dict. {KEYS}"),
            ("a", f" must be a dict. {KEYS}"),
            (None, f" must be a dict. {KEYS}"),
        ],
        ids=name_of,
    )
    def test_a_wrong_pattern_is_refused(self, option: str, pattern: object, problem: str) -> None:
        with pytest.raises(InvalidConditionError) as caught:
            options_of(**{option: pattern})
        error = caught.value
        assert str(error) == f'flow "shop", step "c": {option}{problem}'
        assert (error.flow, error.step, error.option, error.reason) == ("shop", "c", option, option + problem)

    def test_a_map_step_tests_what_it_maps_over(self) -> None:
        assert shop().with_map("c", handler, "a", if_={"a": [1]})["c"].options.if_ == {"a": [1]}
        with pytest.raises(InvalidConditionError) as caught:
            shop().with_map("c", handler, "a", if_not={"b": 1})
        assert str(caught.value) == (
            'flow "shop", step "c": if_not tests "b", which the step does not depend on. '
            'Its keys are the dependencies of the step, "a", and "run" for the flow input.'
        )

    def test_run_is_the_flow_input_in_any_pattern(self) -> None:
        pattern = {"run": {"full": True}}
        assert shop().with_step("c", handler, ["a"], if_=pattern)["c"].options.if_ == pattern
        for root in (shop().with_step("c", handler, if_=pattern), shop().with_map("c", handler, "run", if_not=pattern)):
            assert {"full": True} in (root["c"].options.if_, root["c"].options.if_not)
        assert shop().with_step("c", handler, if_={"run": {"run": 1}})["c"].options.if_ == {"run": 1}

    def test_a_root_step_tests_nothing_beside_the_flow_input(self) -> None:
        with pytest.raises(InvalidConditionError) as caught:
            shop().with_step("c", handler, if_={"run": {}, "kind": 1, "size": 2})
        assert str(caught.value) == (
            'flow "shop", step "c": if_ tests "run", the flow input, and "kind", "size" beside it. A step without '
            'dependencies tests nothing else. Move the other keys into the value of "run".'
        )

    @pytest.mark.parametrize("option", ["if_", "if_not"])
    @pytest.mark.parametrize(
        "predicate", [lambda i: True, len, bool, partial(isinstance, 1), MagicMock(), lambda i, n=1: n, print]
    )
    def test_what_can_be_called_with_a_step_input_is_a_predicate(self, option: str, predicate: object) -> None:
        options = shop().with_step("c", handler, **{option: predicate})["c"].options
        assert getattr(options, option) is predicate
        assert options.has_condition

    @pytest.mark.parametrize(
        ("predicate", "problem"),
        [
            (
                is_due,
                (
                    "if_ is an async def, but a predicate is called in place and cannot await. Make it a def, or let "
                    "an earlier step return what it awaits."
                ),
            ),
            (generate, "if_ is a generator, but a predicate returns True or False."),
            (lambda: True, "if_ takes nothing, but a predicate takes the step input alone."),
            (lambda i, context: True, "if_ takes i, context, but a predicate takes the step input alone."),
            (lambda i, *, limit: True, "if_ takes i, limit, but a predicate takes the step input alone."),
        ],
        ids=name_of,
    )
    def test_what_cannot_be_called_so_is_refused(self, predicate: object, problem: str) -> None:
        with pytest.raises(InvalidConditionError) as caught:
            shop().with_step("c", handler, if_=predicate)
        assert str(caught.value) == f'flow "shop", step "c": {problem}'

    @pytest.mark.parametrize("pattern", [None, False, 0, 1.5, "", "x", [], [1, {"a": None}], {}, {"any": {"key": []}}])
    def test_a_root_step_tests_the_flow_input_which_may_be_anything(self, pattern: object) -> None:
        for definition in (
            shop().with_step("c", handler, if_=pattern),
            shop().with_map("c", handler, "run", if_=pattern),
        ):
            options = definition["c"].options
            assert options.if_ == pattern
            assert options.if_not is UNSET
            assert options.has_condition

    def test_both_halves_and_every_mode_may_be_given(self) -> None:
        for mode in ("fail", "skip", "skip_cascade"):
            options = options_of(if_={"a": {}}, if_not={"b": {}}, when_unmet=mode, when_exhausted=mode)
            assert (options.if_, options.if_not) == ({"a": {}}, {"b": {}})
            assert (options.when_unmet, options.when_exhausted) == (mode, mode)

    def test_changing_a_pattern_afterwards_changes_nothing(self) -> None:
        pattern: dict[str, Any] = {"a": {"tags": ("x",)}}
        options = options_of(if_=pattern, if_not=pattern)
        pattern["a"]["tags"] = []
        pattern["c"] = 1
        assert options.if_ == options.if_not == {"a": {"tags": ["x"]}}

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, False),
            ({"if_": {}}, True),
            ({"if_not": {}}, True),
            ({"if_": {}, "when_unmet": "skip"}, True),
            ({"if_": {}, "when_unmet": "skip_cascade"}, False),
            ({"if_": {}, "when_unmet": "fail"}, False),
            ({"when_exhausted": "skip"}, True),
            ({"when_exhausted": "skip_cascade"}, False),
            ({"if_": {}, "when_unmet": "fail", "when_exhausted": "skip"}, True),
        ],
        ids=name_of,
    )
    def test_dependents_may_be_handed_none_for_a_step_that_is_skipped_alone(
        self, options: dict[str, Any], *, expected: bool
    ) -> None:
        assert options_of(**options).may_be_none is expected


class TestMapSteps:
    def test_a_map_step_depends_on_what_it_maps_over(self) -> None:
        step = shop().with_map("c", handler, "a", timeout=5, max_concurrency=7)["c"]
        assert (step.over, step.depends_on, step.max_concurrency, step.options.timeout) == ("a", ("a",), 7, 5)

    def test_a_map_step_over_the_flow_input_is_a_root_step(self) -> None:
        definition = FlowDefinition("shop", list).with_map("c", handler, "run")
        assert (definition["c"].over, definition["c"].depends_on) == ("run", ())

    def test_a_hundred_items_run_concurrently_by_default(self) -> None:
        assert shop().with_map("c", handler, "a")["c"].max_concurrency == 100
        assert shop().with_map("c", handler, "a", max_concurrency=None)["c"].max_concurrency == 100

    def test_another_step_maps_over_nothing(self) -> None:
        assert shop()["a"].over is None

    @pytest.mark.parametrize("value", [*NO_NUMBER, 0, 0.5, 3.0, math.inf], ids=name_of)
    def test_max_concurrency_is_a_whole_number_of_at_least_1(self, value: object) -> None:
        with pytest.raises(InvalidStepOptionError) as caught:
            shop().with_map("c", handler, "a", max_concurrency=value)
        assert str(caught.value) == f'flow "shop", step "c": max_concurrency must be {WHOLE}, not {value!r:.80}.'

    @pytest.mark.parametrize("value", [None, 1, ["a"], ("a",), handler], ids=name_of)
    def test_over_is_one_slug(self, value: object) -> None:
        with pytest.raises(InvalidStepOptionError) as caught:
            shop().with_map("c", handler, value)
        assert str(caught.value) == (
            f'flow "shop", step "c": over must be the slug of a step, or "run", not {value!r:.80}.'
        )

    def test_over_is_a_step_defined_before(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            shop().with_map("c", handler, "d")
        assert str(caught.value) == (
            'flow "shop", step "c": depends on "d", which is not defined before it. The steps so far are "a", "b"; '
            ".step() returns a new flow and leaves the old one as it is."
        )
        with pytest.raises(SelfDependencyError):
            shop().with_map("c", handler, "c")

    def test_a_map_step_is_checked_as_any_other(self) -> None:
        with pytest.raises(InvalidSlugError):
            shop().with_map("run", handler, "a")
        with pytest.raises(InvalidHandlerError):
            shop().with_map("c", None, "a")

    def test_two_branches_may_map_over_the_same_step(self) -> None:
        base = shop()
        left = base.with_map("c", handler, "a", max_concurrency=1)
        right = base.with_map("c", other, "b", if_={"b": []}).with_map("d", handler, "c")
        assert (left["c"].over, left["c"].max_concurrency, left["c"].options) == ("a", 1, Options())
        assert (right["c"].over, right["c"].max_concurrency) == ("b", 100)
        assert handler_of(right["c"]).function is other
        assert right.dependents == ((1,), (2,), (3,), ())
        assert left.dependents == ((1, 2), (), ())
        assert "d" not in left
        assert len(base) == 2


def test_a_definition_with_options_can_be_pickled_and_copied() -> None:
    flow = Flow("shop", dict, max_attempts=5, retry_on=(OSError, ValueError), timeout=math.inf)
    flow = flow.step("a", handler, if_={}, when_unmet="skip_cascade", when_exhausted="skip")
    flow = flow.map("b", handler, over="a", if_not={"a": [1]}, max_concurrency=2)
    for twin in (pickle.loads(pickle.dumps(flow)), copy.copy(flow), copy.deepcopy(flow)):  # noqa: S301  its own data
        assert twin.definition.options == flow.definition.options
        assert twin.definition.steps == flow.definition.steps
        assert twin.get_step("a").options.if_not is UNSET
        assert twin.step("c", handler).get_step("c").options == flow.definition.options
