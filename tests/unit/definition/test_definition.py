"""A flow is frozen data: what may be defined, what is refused and with which words, what branches share."""

import copy
import pickle
import threading
import tracemalloc
from dataclasses import FrozenInstanceError
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.definition.steps import handler_of
from typedflow import (
    DuplicateDependencyError,
    DuplicateStepError,
    FlowDefinition,
    FlowDefinitionError,
    InvalidDependenciesError,
    InvalidSlugError,
    SelfDependencyError,
    StepDefinition,
    TypedflowError,
    UnknownDependencyError,
)


async def handler(inputs: Any) -> None:
    pass


def define(*slugs: str) -> FlowDefinition:
    definition = FlowDefinition("shop", dict)
    for slug in slugs:
        definition = definition.with_step(slug, handler)
    return definition


def slugs_of(definition: FlowDefinition) -> list[str]:
    return [step.slug for step in definition.steps]


class TestSlugs:
    @pytest.mark.parametrize(
        ("slug", "problem"),
        [
            ("", 'the slug is empty. Use a name such as "fetch".'),
            ("a" * 129, "the slug has 129 characters; use at most 128."),
            ("1st", "the slug '1st' is not valid. Use letters, digits and underscores, and no digit first."),
            ("a-b", "the slug 'a-b' is not valid. Use letters, digits and underscores, and no digit first."),
            ("a b", "the slug 'a b' is not valid. Use letters, digits and underscores, and no digit first."),
            ("a\n", "the slug 'a\\n' is not valid. Use letters, digits and underscores, and no digit first."),
            ("é", "the slug 'é' is not valid. Use letters, digits and underscores, and no digit first."),
            (
                "a\u0661",
                "the slug 'a\u0661' is not valid. Use letters, digits and underscores, and no digit first.",
            ),
            ("run", 'the slug "run" is reserved: a step input holds the flow input under it. Choose another slug.'),
            (7, "a slug must be a string, not int."),
            (["a"], "a slug must be a string, not list."),
        ],
    )
    def test_a_wrong_slug_is_refused_for_a_step_and_for_a_flow(self, slug: Any, problem: str) -> None:
        with pytest.raises(InvalidSlugError) as for_step:
            define().with_step(slug, handler)
        with pytest.raises(InvalidSlugError) as for_flow:
            FlowDefinition(slug, dict)
        assert str(for_step.value) == f'flow "shop", step "{slug}": {problem}'
        assert str(for_flow.value) == f'flow "{slug}": {problem}'
        assert (for_step.value.flow, for_step.value.step, for_step.value.slug) == ("shop", slug, slug)
        assert (for_flow.value.flow, for_flow.value.step, for_flow.value.slug) == (slug, None, slug)
        assert for_step.value.problem == for_flow.value.problem == problem

    @pytest.mark.parametrize(
        "slug", ["a", "_", "A9", "a" * 128, "constructor", "keys", "items", "__init__", "__proto__", "Run", "class"]
    )
    def test_a_slug_may_be_anything_that_could_be_a_name(self, slug: str) -> None:
        definition = FlowDefinition(slug, dict).with_step(slug, handler).with_step("next", handler, [slug])
        assert slugs_of(definition) == [slug, "next"]
        assert definition["next"].depends_on == (slug,)

    def test_a_slug_is_taken_once(self) -> None:
        with pytest.raises(DuplicateStepError) as caught:
            define("a").with_step("a", handler)
        assert str(caught.value) == (
            'flow "shop", step "a": the flow already has a step with this slug. Choose another slug.'
        )
        assert (caught.value.flow, caught.value.step) == ("shop", "a")


class TestDependencies:
    def test_an_unknown_dependency_gets_the_nearest_slug_as_a_suggestion(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            define("website", "summary").with_step("save", handler, ["webiste"])
        assert str(caught.value) == (
            'flow "shop", step "save": depends on "webiste", which is not defined before it. Did you mean "website"?'
        )
        error = caught.value
        assert (error.flow, error.step, error.dependency) == ("shop", "save", "webiste")
        assert (error.known, error.suggestion) == (("website", "summary"), "website")

    def test_where_no_slug_is_near_the_known_ones_are_listed(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            define("website", "summary").with_step("save", handler, ["xyz"])
        assert caught.value.problem == (
            'depends on "xyz", which is not defined before it. The steps so far are "website", "summary"; '
            ".step() returns a new flow and leaves the old one as it is."
        )
        assert caught.value.suggestion is None

    def test_of_many_known_slugs_ten_are_listed(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            define(*(f"s{i}" for i in range(11))).with_step("save", handler, ["xyz"])
        assert '"s8", "s9", ...; .step() returns' in caught.value.problem
        assert len(caught.value.known) == 11

    def test_the_first_step_can_depend_on_nothing(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            define().with_step("save", handler, ["website"])
        assert caught.value.problem == (
            'depends on "website", which is not defined before it. '
            "It is the flow's first step: .step() returns a new flow and leaves the old one as it is."
        )

    def test_run_is_no_dependency(self) -> None:
        with pytest.raises(UnknownDependencyError) as caught:
            define("a").with_step("b", handler, ["run"])
        assert caught.value.problem == (
            'depends on "run", which is not defined before it. '
            'Every step input has the flow input under "run"; leave it out of depends_on.'
        )

    def test_a_dependency_is_named_once(self) -> None:
        with pytest.raises(DuplicateDependencyError) as caught:
            define("a", "b").with_step("c", handler, ["a", "b", "a"])
        assert str(caught.value) == ('flow "shop", step "c": names the dependency "a" twice. Remove one of them.')
        assert caught.value.dependency == "a"

    def test_a_step_cannot_depend_on_itself(self) -> None:
        with pytest.raises(SelfDependencyError) as caught:
            define("a").with_step("b", handler, ["a", "b"])
        assert str(caught.value) == ('flow "shop", step "b": depends on itself. Remove its own slug from depends_on.')

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ("a", 'depends_on must be a list of slugs, not a string. Write depends_on=["a"].'),
            ({"a"}, "depends_on must be a list of slugs (strings), not {'a'}."),
            ([1], "depends_on must be a list of slugs (strings), not [1]."),
            (["a", None], "depends_on must be a list of slugs (strings), not ['a', None]."),
            (None, "depends_on must be a list of slugs (strings), not None."),
        ],
    )
    def test_depends_on_is_a_list_or_tuple_of_slugs(self, value: object, problem: str) -> None:
        with pytest.raises(InvalidDependenciesError) as caught:
            define("a").with_step("b", handler, value)
        assert str(caught.value) == f'flow "shop", step "b": {problem}'
        assert caught.value.value == value

    def test_changing_the_list_afterwards_changes_nothing(self) -> None:
        depends_on = ["a"]
        definition = define("a", "b").with_step("c", handler, depends_on)
        depends_on.append("b")
        assert definition["c"].depends_on == ("a",)


class TestGraph:
    def test_a_map_depends_on_its_source_and_on_what_is_beside_it(self) -> None:
        flow = FlowDefinition("shop", Any).with_step("a", handler).with_step("b", handler).with_step("item", handler)
        plain = flow.with_map("m", handler, "a")["m"]
        assert (plain.depends_on, plain.beside, plain.reads) == (("a",), None, None)
        beside = flow.with_map("m", handler, "a", ["b"])["m"]
        assert (beside.depends_on, beside.beside, beside.reads) == (("a", "b"), ("b",), ("b",))
        both = flow.with_map("m", handler, "a", ("b", "a"))["m"]
        assert (both.depends_on, both.reads) == (("a", "b"), ("b", "a"))
        of_input = flow.with_map("m", handler, "run", [])["m"]
        assert (of_input.depends_on, of_input.reads) == ((), ())
        assert flow.with_map("m", handler, "item", ["a"])["m"].depends_on == ("item", "a")

    def test_the_item_of_a_map_has_its_key_alone(self) -> None:
        with pytest.raises(InvalidDependenciesError) as caught:
            FlowDefinition("shop", Any).with_step("item", handler).with_map("m", handler, "run", ["item"])
        assert str(caught.value) == (
            'flow "shop", step "m": depends on a step "item", but the step input of a map step has the item under that '
            "key. Give that step another slug."
        )

    @pytest.mark.parametrize("slug", ["run", "m", "nope"])
    def test_what_is_beside_the_source_is_checked_as_a_dependency(self, slug: str) -> None:
        with pytest.raises(FlowDefinitionError, match="depends on"):
            FlowDefinition("shop", Any).with_step("a", handler).with_map("m", handler, "a", [slug])

    def test_steps_leaves_and_dependents(self) -> None:
        definition = define("a", "b").with_step("c", handler, ["b", "a"]).with_step("d", handler, ["a"])
        assert slugs_of(definition) == ["a", "b", "c", "d"]
        assert [step.index for step in definition.steps] == [0, 1, 2, 3]
        assert [step.slug for step in definition.leaves] == ["c", "d"]
        assert definition.dependents == ((2, 3), (2,), (), ())
        assert definition["c"].depends_on == ("b", "a")
        assert len(definition) == 4

    def test_a_step_is_looked_up_by_its_slug(self) -> None:
        definition = define("a")
        assert "a" in definition
        assert "b" not in definition
        assert 1 not in definition
        with pytest.raises(KeyError, match="b"):
            definition["b"]


class TestImmutability:
    def test_a_definition_cannot_be_changed(self) -> None:
        definition: Any = define("a")
        step: Any = definition["a"]
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'slug'"):
            definition.slug = "other"
        with pytest.raises(FrozenInstanceError, match="cannot delete field 'input_type'"):
            del definition.input_type
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'depends_on'"):
            step.depends_on = ()
        with pytest.raises(FrozenInstanceError, match="cannot delete field 'handler'"):
            del step.handler

    def test_a_refused_step_leaves_the_flow_as_it_was(self) -> None:
        definition = define("a")
        with pytest.raises(FlowDefinitionError):
            definition.with_step("b", handler, ["zzz"])
        assert slugs_of(definition) == ["a"]
        assert slugs_of(definition.with_step("b", handler)) == ["a", "b"]

    def test_two_branches_do_not_see_each_other(self) -> None:
        base = define("a")
        left = base.with_step("left", handler)
        right = base.with_step("right", handler)
        assert (slugs_of(base), slugs_of(left), slugs_of(right)) == (["a"], ["a", "left"], ["a", "right"])
        assert "left" not in right
        assert "right" not in left
        with pytest.raises(UnknownDependencyError) as caught:
            right.with_step("b", handler, ["left"])
        assert caught.value.known == ("a", "right")

    def test_two_branches_may_use_the_same_slug_in_their_own_way(self) -> None:
        base = define("a")
        left = base.with_step("b", handler)
        right = base.with_step("b", handler, ["a"])
        assert left["b"].depends_on == ()
        assert right["b"].depends_on == ("a",)

    def test_an_older_flow_that_is_extended_later_does_not_change_the_newer(self) -> None:
        base = define("a")
        newest = base.with_step("b", handler).with_step("c", handler)
        late = base.with_step("late", handler)
        assert slugs_of(newest) == ["a", "b", "c"]
        assert slugs_of(newest.with_step("d", handler)) == ["a", "b", "c", "d"]
        assert slugs_of(late) == ["a", "late"]

    def test_threads_that_extend_one_flow_concurrently_get_flows_of_their_own(self) -> None:
        found: dict[int, list[str]] = {}

        def extend(base: FlowDefinition, thread: int) -> None:
            definition = base
            barrier.wait()
            for i in range(20):
                definition = definition.with_step(f"t{thread}_{i}", handler)
            assert len(base.steps) == 1
            found[thread] = slugs_of(definition)

        for _ in range(30):
            base = define("a")
            barrier = threading.Barrier(4)
            threads = [threading.Thread(target=extend, args=(base, thread)) for thread in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert found == {t: ["a", *(f"t{t}_{i}" for i in range(20))] for t in range(4)}
            found.clear()

    @given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcdef")), max_size=30))
    def test_any_tree_of_branches_is_as_if_each_were_a_copy(self, extensions: list[tuple[int, str]]) -> None:
        definitions = [define()]
        expected: list[list[str]] = [[]]
        for pick, slug in extensions:
            at = pick % len(definitions)
            if slug in expected[at]:
                with pytest.raises(DuplicateStepError):
                    definitions[at].with_step(slug, handler)
            else:
                definitions.append(definitions[at].with_step(slug, handler))
                expected.append([*expected[at], slug])
            assert [slugs_of(definition) for definition in definitions] == expected
            assert [len(definition) for definition in definitions] == [len(slugs) for slugs in expected]


class TestCopies:
    def test_a_definition_can_be_pickled_and_copied(self) -> None:
        definition = define("a").with_step("b", handler, ["a"])
        for twin in (pickle.loads(pickle.dumps(definition)), copy.copy(definition), copy.deepcopy(definition)):  # noqa: S301  its own data
            assert (twin.slug, twin.input_type, twin.steps) == ("shop", dict, definition.steps)
            assert slugs_of(twin.with_step("c", handler)) == ["a", "b", "c"]
        assert slugs_of(definition) == ["a", "b"]

    def test_a_pickle_has_only_the_steps_of_its_own_flow(self) -> None:
        base = define("a")
        extended = base.with_step("b", lambda _: None)
        assert slugs_of(pickle.loads(pickle.dumps(base))) == ["a"]  # noqa: S301  its own data
        assert slugs_of(extended) == ["a", "b"]


class TestSize:
    def test_steps_defined_one_after_the_other_take_linear_memory(self) -> None:
        def bytes_for(steps: int) -> int:
            definition = FlowDefinition("shop", dict)
            kept = [definition]
            tracemalloc.start()
            for i in range(steps):
                definition = definition.with_step(f"s{i}", handler, [f"s{i - 1}"] if i else [])
                kept.append(definition)
            used, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return used

        sizes = [bytes_for(steps) for steps in (500, 1000, 2000)]
        for smaller, larger in pairwise(sizes):
            assert larger < 2.5 * smaller

    def test_a_hundred_thousand_steps_share_one_record(self) -> None:
        definition = define()
        for i in range(100_000):
            definition = definition.with_step(f"s{i}", handler, [f"s{i - 1}"] if i else [])
        assert len(definition) == len(definition.steps) == 100_000
        assert [step.slug for step in definition.leaves] == ["s99999"]


EVERY_WAY_TO_DEFINE_WRONGLY: list[tuple[Any, ...]] = [
    ("1", handler),
    ("a", handler),
    ("b", handler, "a"),
    ("b", handler, ["b"]),
    ("b", handler, ["c"]),
    ("b", handler, ["a", "a"]),
    ("b", None),
]


@pytest.mark.parametrize("arguments", EVERY_WAY_TO_DEFINE_WRONGLY)
def test_every_error_of_the_graph_is_a_value_error_and_survives_pickling(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(FlowDefinitionError) as caught:
        define("a").with_step(*arguments)
    error = caught.value
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  its own data
    assert isinstance(error, ValueError)
    assert isinstance(error, TypedflowError)
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))


def test_a_step_definition_says_what_it_is() -> None:
    step = define("a")["a"]
    assert isinstance(step, StepDefinition)
    assert (step.slug, step.depends_on, step.index, handler_of(step).function) == ("a", (), 0, handler)
