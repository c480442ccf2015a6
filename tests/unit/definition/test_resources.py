"""The class of resources that a flow declares, and the contexts of its handlers."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, NewType, Protocol, TypedDict, TypeVar

import pytest

from typedflow import FlowDefinition, InvalidHandlerError, InvalidPartError, InvalidResourcesTypeError, StepContext
from typedflow._definition.parts import include
from typedflow._definition.resources import is_instance


class Clients: ...


class More(Clients): ...


class Reading(Protocol):
    def read(self) -> str: ...


class Named(TypedDict, total=False):
    clients: Clients


class Unresolved(TypedDict):
    clients: Nowhere  # type: ignore[name-defined]  # noqa: F821  it is not there


T = TypeVar("T")
UNDECLARED = "resources of type {0}, but the flow declares no resources. Write Flow(..., resources={0})."
Id = NewType("Id", int)


def clients(_: object, context: StepContext[Any, Clients]) -> None: ...
def more(_: object, context: StepContext[Any, More]) -> None: ...
def anything(_: object, context: StepContext[Any, Any]) -> None: ...
def an_object(_: object, context: StepContext[Any, object]) -> None: ...
def nothing(_: object, context: StepContext[Any, None]) -> None: ...
def bare(_: object, context: StepContext) -> None: ...
def reading(_: object, context: StepContext[Any, Reading]) -> None: ...
def named(_: object, context: StepContext[Any, Named]) -> None: ...
def unresolved(_: object, context: StepContext[Any, Nowhere]) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def unannotated(_, context): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  as users may write it
def open_ended(*both: Any) -> None: ...


class Method:
    def __call__(self, _: object, context: StepContext[Any, Clients]) -> None: ...


@pytest.mark.parametrize(
    ("declared", "handler"),
    [
        (Clients, clients),
        (More, clients),
        (Clients, Method()),
        (Any, clients),
        (Clients | None, clients),
        *((Clients, each) for each in (anything, an_object, bare, reading, named, unresolved, unannotated, open_ended)),
        *((None, each) for each in (anything, an_object, nothing, bare, unresolved, unannotated)),
    ],
)
def test_a_handler_fits_the_resources_unless_it_certainly_does_not(declared: Any, handler: Any) -> None:
    assert "a" in FlowDefinition("f", Any, resources=declared).with_step("a", handler)


@pytest.mark.parametrize(
    ("declared", "handler", "reason"),
    [
        (
            Clients,
            more,
            "resources of type More, but the flow has resources of type Clients. Write StepContext[..., Clients].",
        ),
        (None, clients, UNDECLARED.format("Clients")),
        (None, Method(), UNDECLARED.format("Clients")),
        (None, reading, UNDECLARED.format("Reading")),
        (
            Clients,
            nothing,
            "resources of type NoneType, but the flow has resources of type Clients. Write StepContext[..., Clients].",
        ),
    ],
)
def test_a_handler_that_takes_other_resources_is_refused(declared: Any, handler: Any, reason: str) -> None:
    flow = FlowDefinition("f", Any, resources=declared)
    with pytest.raises(InvalidHandlerError) as caught:
        flow.with_step("a", handler)
    assert str(caught.value) == f'flow "f", step "a": the handler takes a context with {reason}'
    with pytest.raises(InvalidHandlerError):
        flow.with_step("a", lambda _: 1).with_replaced("a", handler)


def test_a_handler_in_a_process_cannot_take_resources() -> None:
    flow = FlowDefinition("f", Any, resources=Clients)
    with pytest.raises(InvalidHandlerError) as caught:
        flow.with_step("a", clients, runs_in="process")
    assert str(caught.value) == (
        'flow "f", step "a": the handler takes a context with resources of type Clients, but it runs in a worker '
        'process, to which resources are not sent. Open what it needs in the handler, or use runs_in="thread".'
    )
    assert "a" in flow.with_step("a", anything, runs_in="process")


@pytest.mark.parametrize("declared", [Clients(), "Clients", 1, len, {}])
def test_what_a_flow_declares_is_a_class(declared: Any) -> None:
    with pytest.raises(InvalidResourcesTypeError) as caught:
        FlowDefinition("f", Any, resources=declared)
    assert str(caught.value) == (
        f'flow "f": resources must be a class, not {declared!r:.80}. '
        "Declare the class here, and give the run an instance."
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301  our own


def test_a_copy_of_a_flow_has_its_resources() -> None:
    flow = FlowDefinition("f", int, resources=Clients).with_step("a", bare)
    assert pickle.loads(pickle.dumps(flow)).resources is Clients  # noqa: S301  our own
    assert flow.with_replaced("a", clients).with_step("b", bare).resources is Clients


@pytest.mark.parametrize(
    ("own", "other", "common"),
    [
        (None, None, None),
        (Clients, None, Clients),
        (None, Clients, Clients),
        (More, Clients, More),
        (Clients, More, More),
    ],
)
def test_an_included_flow_shares_the_resources(own: Any, other: Any, common: Any) -> None:
    flow = include(FlowDefinition("f", Any, resources=own), FlowDefinition("g", Any, resources=other))
    assert flow.resources is common


def test_flows_with_different_resources_cannot_be_joined() -> None:
    with pytest.raises(InvalidPartError) as caught:
        include(FlowDefinition("f", Any, resources=Clients), FlowDefinition("g", Any, resources=int))
    assert str(caught.value) == (
        'flow "f": flow "g" cannot be included: its resources are of type int, and those of this flow of type Clients. '
        "Give both the same class."
    )


@pytest.mark.parametrize(
    ("value", "declared", "expected"),
    [
        (1, Any, True),
        (1, T, True),
        (None, None, True),
        (1, None, False),
        (1, Id, True),
        ("1", Id, False),
        ("1", Annotated[str, "text"], True),
        ([1], list[str], True),
        ((1,), list[str], False),
        ({}, Named, True),
        ({"clients": Clients()}, Named, True),
        ({"clients": 1}, Named, False),
        ({"other": 1}, Named, False),
        ([], Named, False),
        ({"clients": 1}, Unresolved, True),
        ({}, Unresolved, False),
        (Clients, Reading, False),
    ],
)
def test_what_is_an_instance(value: object, declared: Any, expected: bool) -> None:  # noqa: FBT001  a parameter
    assert is_instance(value, declared) == expected
