"""What can be stored is asked where a flow meets a store, before anything starts; the error names the steps."""

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pydoc import locate
from typing import Annotated, Any, TypedDict

import numpy as np
import pydantic
import pytest
from pydantic_core import core_schema
from typedflow_mypy.outputs.containers import CONTAINERS
from typedflow_mypy.outputs.storable import TABLES, VALUES

from tests.unit.definition.declared_types import Box, Model, Point, Report, Tree, UserId, Website
from typedflow import Flow, FlowDefinition, NotStorableError, codecs
from typedflow._definition.storable import check_storable, storable_problems
from typedflow.codecs import _registry


class Frame:
    pass


class Held(TypedDict):
    frame: Frame


@dataclass
class Kept:
    frame: list[Frame]


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    frame: Frame


class FrameCodec(codecs.Codec[Frame]):
    name = "frame"

    def encode(self, value: Frame) -> bytes:
        return b""

    def decode(self, data: bytes) -> Frame:
        return Frame()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registry, "_by_class", {})
    monkeypatch.setattr(_registry, "_by_name", {})
    codecs.register(Frame, FrameCodec())


def problem(declared: Any) -> str | None:
    def handler(inputs: Any) -> Any: ...

    handler.__annotations__["return"] = declared
    return storable_problems(FlowDefinition("shop", int).with_step("only", handler)).get("only")


FRAME = "has an object of the class Frame, for which pydantic has no schema"
WITH_FRAMES = [
    Frame,
    Frame | None,
    dict[str, list[Frame]],
    Held,
    Kept,
    Open,
    pydantic.InstanceOf[Frame],
    pydantic.SkipValidation[Frame],
    Annotated[Frame, pydantic.AfterValidator(lambda value: value)],
]


@pytest.mark.parametrize("declared", WITH_FRAMES)
def test_an_object_that_pydantic_has_no_schema_for_cannot_be_stored(declared: Any) -> None:
    assert problem(declared) == FRAME


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("declared", WITH_FRAMES)
def test_it_can_be_with_a_codec(declared: Any) -> None:
    assert problem(declared) is None


@pytest.mark.parametrize(
    "declared",
    [
        int,
        Any,
        Website,
        Report,
        Model,
        Point,
        Box[int],
        Tree,
        UserId,
        np.ndarray[Any, np.dtype[Any]],
        dict[str, np.ndarray[Any, Any]],
        Annotated[Frame, pydantic.PlainValidator(lambda value: value), pydantic.PlainSerializer(str)],
        Annotated[Frame, pydantic.GetPydanticSchema(lambda _, __: core_schema.any_schema())],
        *(known for name in sorted(CONTAINERS | VALUES) if (known := locate(name)) is not None),
    ],
)
def test_what_pydantic_can_store(declared: Any) -> None:
    pytest.importorskip("pyarrow", exc_type=ImportError)  # for arrays
    if declared is not locate("collections.defaultdict"):  # pydantic wants to know what the default is
        assert problem(declared) is None


@pytest.mark.parametrize(
    ("declared", "reason"),
    [(type[Frame], "has a class"), (Callable[[], int] | str, "has a function")],
)
def test_what_is_no_value_cannot_be_stored(declared: Any, reason: str) -> None:
    assert problem(declared) == reason


def test_the_error_names_the_flow_input_and_all_steps() -> None:
    def load(inputs: Any) -> Frame:
        return Frame()

    def kind(item: Any) -> type[Frame]:
        return Frame

    definition = FlowDefinition("shop", Frame).with_step("load", load).with_map("kinds", kind, "load")
    definition = definition.with_step("count", lambda i: 1)
    with pytest.raises(NotStorableError) as caught:
        check_storable(definition)
    assert str(caught.value) == (
        'flow "shop": it cannot be stored: the flow input has an object of the class Frame, for which pydantic has no '
        'schema; the output of step "load" has an object of the class Frame, for which pydantic has no schema; the '
        'output of step "kinds" has a class. Make a class of yours a TypedDict, a dataclass or a pydantic model, or '
        "register a codec for it with typedflow.codecs.register."
    )
    assert caught.value.problems.keys() == {"run", "load", "kinds"}
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301  made here


def test_a_flow_is_asked() -> None:
    def load(inputs: Any) -> Frame:
        return Frame()

    flow = Flow("shop", int).step("count", lambda i: 1)
    flow.check_storable()
    with pytest.raises(NotStorableError):
        flow.step("load", load).check_storable()


def test_a_codec_whose_library_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for module in ("_numpy", "_pyarrow"):
        monkeypatch.delitem(sys.modules, f"typedflow.codecs.{module}", raising=False)
    assert problem(np.ndarray) == (
        "has an object of the class ndarray, whose codec cannot be used: it needs pyarrow: install it with "
        'pip install "typedflow[arrow]".'
    )


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_plugin_knows_the_classes_that_have_a_codec(name: str) -> None:
    package, *_, kind = name.split(".")
    for needed in (package, "pyarrow"):
        pytest.importorskip(needed, exc_type=ImportError)
    known: Any = locate(name)
    assert _registry.codec_of(known) is not None
    assert f"{package}.{kind}" in _registry.BUILT_IN
    assert len(TABLES) == len(_registry.BUILT_IN)
