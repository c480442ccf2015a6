"""A flow resumes only runs of its own, and only if it fits what they have stored."""

from typing import Any

import pytest

from typedflow import Flow, OtherFlowError, ShapeMismatchError
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.engines._resumable import check_resumable
from typedflow.stores import MemoryStore, NewRun, StoredValue


def text(inputs: Any) -> str:
    raise NotImplementedError


before = Flow("shop", int).step("a", text)


def test_a_run_of_another_flow_or_input_is_refused() -> None:
    definition = before.definition
    new = NewRun("7", "shop", StoredValue("1"), shape_of(definition), fingerprint(definition), 0.0)
    with MemoryStore() as store:
        run = store.create(new).result().run
        check_resumable(store, definition, run)
        check_resumable(store, Flow("shop", float).step("a", lambda i: 1).definition, run)
        with pytest.raises(OtherFlowError, match='run "7" is a run of flow "shop", not of flow "stock"'):
            check_resumable(store, Flow("stock", int).definition, run)
        with pytest.raises(ShapeMismatchError) as caught:
            check_resumable(store, Flow("shop", str).definition, run)
    (difference,) = caught.value.differences
    assert difference.sentence == (
        "the flow input has another type: it was an integer and is a string (it is not of the declared type: Input "
        "should be a valid string)"
    )
