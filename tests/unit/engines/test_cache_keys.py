"""Under which keys outputs are cached: the same for the same work, and another one for anything that may change it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from typedflow import FlowDefinition
from typedflow.engines._cache_keys import CacheKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.stores import CacheKey


class Priced(TypedDict):
    prices: list[float]


class Labelled(TypedDict):
    item: float
    label: str


def total(inputs: Any) -> float:
    return 1.0


def renamed(inputs: Any, context: Any) -> float:
    return 2.0


def rounded(inputs: Any) -> int:
    return 1


def priced(inputs: Priced) -> float:
    return sum(inputs["prices"])


def prices(inputs: Any) -> list[float]:
    return []


def whole_prices(inputs: Any) -> list[int]:
    return []


OUTPUTS: dict[str, Any] = {"prices": [1.0, 2.0], "label": "new", "item": [1.0, 2.0]}


def key_of(
    slug: str = "total",
    handler: Callable[..., Any] = total,
    *,
    flow: str = "shop",
    input_type: type = str,
    source: Callable[..., Any] = prices,
    given: Any = "order",
    outputs: dict[str, Any] = OUTPUTS,
    **options: Any,
) -> CacheKey:
    definition = FlowDefinition(flow, input_type).with_step("prices", source)
    definition = definition.with_step("label", lambda i: "new", ["prices"])
    definition = definition.with_step(slug, handler, **{"depends_on": ["prices"], "cache": 60, **options})
    return CacheKeys(definition, given).key(definition[slug], 0, outputs)


def digest(*arguments: Any, **options: Any) -> str:
    return key_of(*arguments, **options).digest


def test_the_same_work_has_the_same_key() -> None:
    key = key_of(cache=timedelta(minutes=1))
    same = [
        digest(handler=renamed),
        digest(max_attempts=3, timeout=1, if_={"prices": [1]}, when_exhausted="skip"),
        digest(outputs={**OUTPUTS, "label": "old"}),
        digest(cache="forever"),
        digest(cache_version=None),
    ]

    assert set(same) == {key.digest}
    assert (key.flow, key.step, key.lifetime, key_of(cache="forever").lifetime) == ("shop", "total", 60.0, math.inf)


def test_what_may_change_the_output_changes_the_key() -> None:
    versions: list[Any] = [1, "1", 2, "", 0]
    others = [
        digest(),
        *(digest(cache_version=version) for version in versions),
        digest(given="another order"),
        digest(outputs={"prices": [1.0, 2.5]}),
        digest(outputs={"prices": [2.0, 1.0]}),
        digest(outputs={"prices": None}),
        digest(slug="sum"),
        digest(flow="market"),
        digest(handler=rounded),
        digest(handler=lambda i: 1.0),
        digest(source=whole_prices, outputs={"prices": [1, 2]}),
        digest(input_type=bytes, given=b"order"),
        digest(depends_on=["prices", "label"]),
        digest(depends_on=["label"]),
        digest(depends_on=[]),
    ]

    assert len(set(others)) == len(others)


def test_a_typed_dict_says_what_counts() -> None:
    assert digest(handler=priced) == digest(handler=priced, given="another order")
    assert digest(handler=priced) == digest(handler=priced, input_type=bytes, given=b"order")
    assert digest(handler=priced) == digest(handler=priced, depends_on=["prices", "label"])
    assert digest(handler=priced) != digest(handler=priced, outputs={"prices": []})


def keys_of_items(definition: FlowDefinition, given: Any, outputs: dict[str, Any]) -> list[str]:
    keys = CacheKeys(definition, given)
    return [keys.key(definition["total"], index, outputs).digest for index in range(2)]


def test_each_item_has_its_key_wherever_it_comes_from() -> None:
    flow = FlowDefinition("shop", list[float]).with_step("prices", prices).with_map("item", total, "run")
    for over in ("run", "prices", "item"):
        mapped = flow.with_map("total", total, over, cache=60)
        keys = keys_of_items(mapped, [1.0, 2.0], OUTPUTS)
        assert len(set(keys)) == 2
        moved = {slug: output[::-1] for slug, output in OUTPUTS.items()}
        assert keys_of_items(mapped, [2.0, 1.0], moved) == keys[::-1]
        assert keys_of_items(mapped, [1.0, 3.0], {"prices": [1.0, 3.0], "item": [1.0, 3.0]})[0] == keys[0]


def test_an_item_counts_together_with_the_other_keys_that_its_handler_reads() -> None:
    def labelled(inputs: Labelled) -> str:
        return f"{inputs}"

    flow = FlowDefinition("shop", str).with_step("prices", prices).with_step("label", lambda i: "new")
    anything = flow.with_map("total", lambda i: 1, "prices", ["label"], cache=60)
    narrow = flow.with_map("total", labelled, "prices", ["label", "prices"], cache=60)
    changed = {**OUTPUTS, "label": "old"}
    for mapped in (anything, narrow):
        assert len({*keys_of_items(mapped, "a", OUTPUTS), *keys_of_items(mapped, "a", changed)}) == 4
    assert keys_of_items(anything, "a", OUTPUTS) != keys_of_items(anything, "b", OUTPUTS)
    assert keys_of_items(narrow, "a", OUTPUTS) == keys_of_items(narrow, "b", OUTPUTS)


def test_items_of_a_sequence_that_is_stored_as_a_whole_count_by_their_index() -> None:
    flow = FlowDefinition("shop", bytes).with_map("total", lambda i: 1, "run", cache=60)

    keys = keys_of_items(flow, b"ab", {})

    assert len({*keys, *keys_of_items(flow, b"ac", {})}) == 4


def test_none_is_a_value_like_any_other() -> None:
    flow = FlowDefinition("shop", str).with_map("prices", total, "run", when_exhausted="none")
    flow = flow.with_map("total", lambda i: 1, "prices", cache=60)
    keys = keys_of_items(flow, "a", {"prices": [None, 1.0]})

    assert len(set(keys)) == 2
    assert keys_of_items(flow, "a", {"prices": [1.0, None]}) == keys[::-1]
