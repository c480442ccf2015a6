"""Write ``__init__.pyi``: the type of `Flow` from which a checker without the mypy plugin infers the outputs of steps.

    python -m typedflow._inference

A flow's steps are a chain of `Step`, one link for each step; a key is looked up by a few overloads for each link, the
newest first. The methods of the class are those of `typedflow.flow.Flow`, with other types for what makes the chain.
mypy and zuban never take these types: they keep the first `Flow` that ``typedflow/__init__.py`` imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

# Links that a chain keeps, the newest ones; more cost pyright and pyrefly minutes. A step further away is Any.
DEPTH: Final = 8
STUB: Final = Path(__file__).with_name("__init__.pyi")
FLOW: Final = Path(__file__).parent.with_name("flow.py")

HEAD: Final = '''\
"""Written by ``python -m typedflow._inference``: see there. Do not edit."""

# mypy: ignore-errors

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Literal, Never, Protocol, SupportsIndex, overload

from typing_extensions import LiteralString, TypeVar, Unpack

from typedflow._definition.flow import FlowDefinition, StepDefinition
from typedflow._definition.options import FailOrSkip, FlowOptions, Unset
from typedflow.context import StepContext, StepInput
from typedflow.engines._local.run import Run
from typedflow.engines._run_options import RunOptions

# It is not really covariant, but the items of any list and any tuple are found only if it is.
Input = TypeVar("Input", covariant=True)
Input_co = TypeVar("Input_co", covariant=True)
Steps_co = TypeVar("Steps_co", covariant=True)
Slugs_contra = TypeVar("Slugs_contra", bound=str, contravariant=True, default=Any)
# Never, until a step may skip those that depend on it; from then on Any, because any later step may be one of them.
Cascaded_co = TypeVar("Cascaded_co", covariant=True, default=Any)
Before_co = TypeVar("Before_co", covariant=True)
# Invariant: of a covariant one some checkers forget the literal.
Slug = TypeVar("Slug", bound=str)
NewSlug = TypeVar("NewSlug", bound=LiteralString)
Key = TypeVar("Key", bound=LiteralString)
Value = TypeVar("Value")
Output = TypeVar("Output")
Output_co = TypeVar("Output_co", covariant=True)
Skipped = TypeVar("Skipped")
Skipped_co = TypeVar("Skipped_co", covariant=True)
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Given = TypeVar("Given")
Given_contra = TypeVar("Given_contra", contravariant=True)
Sealed = TypeVar("Sealed", bound=Mapping[str, object])

class NoSteps:
    """The outputs of a flow that has no steps yet."""

    # A variable that holds a flow which grows may hold this one too, as far as a checker knows.
    def __getitem__(self, key: str, /) -> Any: ...
    def get(self, key: str, default: object = ..., /) -> Any: ...

class SealedSteps(Protocol):
    """The outputs of a sealed flow: any TypedDict, and no `Step`, which is refuted by one method without overloads."""

    def __contains__(self, key: object, /) -> bool: ...

class Listed(Protocol[Item_co]):
    """What a map step works on: a list, a tuple, or one of several; no other type of Python's has all of these."""

    def __iter__(self) -> Iterator[Item_co]: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __rmul__(self, value: SupportsIndex, /) -> object: ...

class Mapped(Generic[Output_co]):
    """What a link holds of a map step: a list, of whose items it is not said yet whether they are awaited."""

    def __iter__(self) -> Iterator[Output_co]: ...

class Taking(Protocol[Given_contra, Output_co]):
    """A handler of one parameter. A protocol, because ty leaves a lambda's parameter open between two callables."""

    def __call__(self, inputs: Given_contra, /) -> Output_co: ...

class TakingContext(Protocol[Given_contra, Input, Output_co]):
    """A handler that takes the context too."""

    def __call__(self, inputs: Given_contra, context: StepContext[Input], /) -> Output_co: ...

'''


METHODS: Final = (
    "def __getitem__(self: {own}, key: {key}, /) -> {result}: ...",
    "def get(self: {own}, key: {key}, default: object = ..., /) -> {result}: ...",
)


def link(distance: int, slug: str, output: str, skipped: str = "Any", before: str = "Any") -> str:
    """Write the type of a chain in which a step stands that many links before the newest."""
    chain = f"Step[{before}, {slug}, {output}, {skipped}]"
    for _ in range(distance):
        chain = f"Step[{chain}, Any, Any, Any]"
    return chain


# What a link holds of a step, and what is read of it.
READ: Final = {
    "Awaitable[Value]": "Value",
    "Mapped[Awaitable[Value]]": "list[Value]",
    "Mapped[Value]": "list[Value]",
    "Value": "Value",
}
UNKNOWN: Final = [
    link(DEPTH, "Any", "Any"),
    # Of a chain that it infers through a generic function pyrefly forgets the slugs.
    *(link(distance, "str", "Any") for distance in range(DEPTH)),
    *(link(distance, "Any", "Any", before="SealedSteps") for distance in range(DEPTH)),
]
UNKNOWN_OR_SEALED: Final = [*UNKNOWN, "SealedSteps"]


def in_chain(own: str) -> list[tuple[str, str, str]]:
    """List how a key is looked up: the type of the mapping, of the key and of the result.

    Args:
        own: The mapping's type, with braces for the chain.
    """
    found = [
        (own.format(link(distance, "Key", held, "Skipped")), "Key", f"{read} | Skipped")
        for distance in range(DEPTH)
        for held, read in READ.items()
    ]
    return found + [(own.format(unknown), "str", "Any") for unknown in UNKNOWN]


def methods(lookups: list[tuple[str, str, str]]) -> str:
    """Write the methods of a class whose keys are read."""
    overloads = [
        "    @overload\n    " + method.format(own=own, key=key, result=result)
        for method in METHODS
        for own, key, result in lookups
    ]
    return "\n".join([*overloads, "    def __contains__(self, key: str, /) -> bool: ..."])


STEP: Final = f"""\
class Step(Mapping[str, object], Generic[Before_co, Slug, Output_co, Skipped_co]):
    '''The outputs of a flow: those of the steps before, and one more.

    Never is what the output may be instead if the step cannot be skipped, None if it can, and Any if that is unknown.
    '''

{methods(in_chain("{}"))}
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

"""
BEFORE: Final = [("Inputs[Value, Any]", "Literal['run']", "Value"), ("Inputs[Any, SealedSteps]", "str", "Any")]
INPUTS: Final = f"""\
class Inputs(StepInput, Generic[Input_co, Steps_co]):
    '''The step input of a lambda: the flow input, and the output of any step so far.'''

{methods([*BEFORE, *in_chain("Inputs[Any, {}]")])}

"""
FLOW_TYPE: Final = "Flow[Input, {}, Slugs_contra, Cascaded_co]"
# The order, and which Given is Any, are found by trial: pyright, ty and pyrefly each take a lambda's parameter from
# another part of the union, and infer less of its result from any other that was tried.
STEP_HANDLER: Final = (
    "Callable[[Inputs[Input, Steps_co]], {output}] | TakingContext[Inputs[Input, Steps_co], Input, {output}]"
    " | Taking[{given}, {output}] | TakingContext[Any, Input, {output}]"
)
MAP_HANDLER: Final = "Callable[[{item}], {output}] | TakingContext[{item}, Input, {output}]"
# What a link holds of a step that is mapped over. The first is there for ty, and what it says again in the second for
# pyrefly, which infers nothing about a lambda if two overloads give it different items.
SOURCES: Final = (
    "Mapped[Awaitable[Item]]",
    "Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None",
)
LONGEST: Final = [f"Slug{link}, Output{link}, Skipped{link}" for link in range(DEPTH)]


class Skipping(NamedTuple):
    """What a call may say about skipping, and which type follows.

    Attributes:
        options: The options' types, with their defaults.
        skipped: What the output may be instead.
        cascaded: What those of later steps may be.
    """

    options: Mapping[str, str]
    skipped: str
    cascaded: str


GIVEN: Final = {"if_": "Any = ...", "if_not": "Any = ..."}
# They have to be named: ty takes any other keyword for one of the options.
NOT_GIVEN: Final = {"if_": "Unset = ...", "if_not": "Unset = ..."}
FAIL: Final = "Literal['fail'] | None = None"
SKIP: Final = "Literal['fail', 'skip'] | None = None"
ANY: Final = "FailOrSkip | None = None"
# A call is taken for the first of these that it can be.
ALWAYS: Final = Skipping(
    {**NOT_GIVEN, "when_unmet": "None = None", "when_exhausted": FAIL}, "Cascaded_co", "Cascaded_co"
)
OR_FAIL: Final = Skipping(
    {**GIVEN, "when_unmet": "Literal['fail']", "when_exhausted": FAIL}, "Cascaded_co", "Cascaded_co"
)
OR_SKIP: Final = Skipping({**GIVEN, "when_unmet": SKIP, "when_exhausted": SKIP}, "Cascaded_co | None", "Cascaded_co")
OR_CASCADE: Final = Skipping({**GIVEN, "when_unmet": ANY, "when_exhausted": ANY}, "Any", "Any")
SKIPPING: Final = (ALWAYS, OR_FAIL, OR_SKIP, OR_CASCADE)


def chain(links: list[str]) -> str:
    """Write a chain of links, the newest first, whose earlier links are forgotten."""
    return f"Step[{chain(links[1:])}, {links[0]}]" if links else "Any"


def flow() -> str:
    """Write the class `Flow` after its source."""
    module = ast.parse(FLOW.read_text("utf-8"))
    (declared,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Flow")
    declared.bases = [expression("Generic[Input, Steps_co, Slugs_contra, Cascaded_co]")]
    body: list[ast.stmt] = []
    for node in declared.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("__") and node.name != "__init__":
                continue
            documented = ast.get_docstring(node) is not None
            node.body = [*(node.body[:1] if documented else []), ast.Expr(ast.Constant(...))]
            overloads = OVERLOADS.get(node.name)
            body += overloaded(node, overloads()) if overloads else [node]
        elif not isinstance(node, ast.Assign):
            body.append(node)
    declared.body = body
    return ast.unparse(declared) + "\n"


Types = Mapping[str, str]


def beginnings() -> Iterator[Types]:
    """Write the types with which a flow begins: of an input type that is a class, and of any other."""
    for of, kind in (("Input", "type[Input]"), ("Any", "object")):
        yield {"self": f"Flow[{of}, NoSteps, Literal['run'], Never]", "input_type": kind}


def steps() -> Iterator[Types]:
    """Write the types of a step."""
    for skipping in SKIPPING:
        types = added("{}", "Output", skipping)
        types["handler"] = STEP_HANDLER.format(given="Given", output="Output")
        types["depends_on"] = "Sequence[Slugs_contra]"
        result = types["return"]
        # Without it a chain that grows in a loop has no end, and ty looks for one.
        if skipping is ALWAYS:
            yield {
                **types,
                "self": FLOW_TYPE.format(chain(LONGEST)),
                "return": result.format(chain(LONGEST[:-1])),
            }
        yield {**types, "return": result.format("Steps_co")}


def maps() -> Iterator[Types]:
    """Write the types of a map step: over each link, over the flow input, and over what is unknown."""
    for skipping in SKIPPING:
        types = added("Steps_co", "Mapped[Output]", skipping)
        own = [
            (FLOW_TYPE.format(link(distance, "Key", source)), "Key", "Item")
            for distance in range(DEPTH)
            for source in SOURCES
        ]
        own += [(FLOW_TYPE.replace("Input", "Listed[Item]").format("Steps_co"), "Literal['run']", "Item")]
        if skipping is ALWAYS or skipping is OR_CASCADE:
            own += [(FLOW_TYPE.format(unknown), "str", "Any") for unknown in UNKNOWN_OR_SEALED]
        for flow_type, over, item in own:
            yield {**types, "self": flow_type, "over": over, "handler": MAP_HANDLER.format(item=item, output="Output")}


def added(before: str, output: str, skipping: Skipping) -> dict[str, str]:
    """Write the types that are common to all methods that add a step."""
    return {
        "slug": "NewSlug",
        **skipping.options,
        "options": "Unpack[FlowOptions]",
        "return": f"Flow[Input, Step[{before}, NewSlug, {output}, {skipping.skipped}],"
        f" Slugs_contra | NewSlug, {skipping.cascaded}]",
    }


def replacements() -> Iterator[Types]:
    """Write the types of a handler that is replaced: that of a map step, of another one, and of one that is unknown."""
    anything = MAP_HANDLER.format(item="Any", output="object")
    inputs = STEP_HANDLER.format(given="Any", output="object")
    own = [(link(distance, "Key", "Mapped[Any]"), "Key", anything) for distance in range(DEPTH)]
    own += [(link(distance, "Key", "Any"), "Key", inputs) for distance in range(DEPTH)]
    own += [(unknown, "str", anything) for unknown in UNKNOWN_OR_SEALED]
    for chain_, slug, handler in own:
        types = {"self": FLOW_TYPE.format(chain_), "slug": slug, "handler": handler}
        yield {**types, "return": FLOW_TYPE.format("Steps_co")}


def seals() -> Iterator[Types]:
    """Write the type of a sealed flow."""
    yield {"return": FLOW_TYPE.format("Sealed")}


OVERLOADS: Final = {"__init__": beginnings, "step": steps, "map": maps, "replace": replacements, "sealed": seals}


def overloaded(method: ast.FunctionDef | ast.AsyncFunctionDef, overloads: Iterator[Types]) -> Iterator[ast.FunctionDef]:
    """Give a method other types, once or more often; only the first is documented, which is what editors show."""
    every = [retyped(method, types) for types in overloads]
    for place, each in enumerate(every):
        each.decorator_list = [expression("overload")] if len(every) > 1 else []
        if place:
            del each.body[0]
        yield each


def retyped(method: ast.FunctionDef | ast.AsyncFunctionDef, types: Types) -> ast.FunctionDef:
    """Give a method other types: of its result, of parameters, and of new ones, whose default they name."""
    found = parsed(ast.unparse(method))
    known = {each.arg: each for each in [*found.args.args, *found.args.kwonlyargs]}
    for name, given in types.items():
        annotation, _, default = given.partition(" = ")
        if name == "return":
            found.returns = expression(annotation)
        elif name == "options":
            assert found.args.kwarg
            found.args.kwarg.annotation = expression(annotation)
        elif name in known:
            known[name].annotation = expression(annotation)
        else:
            found.args.kwonlyargs.append(ast.arg(name, expression(annotation)))
            found.args.kw_defaults.append(expression(default) if default else None)
    return found


def parsed(source: str) -> ast.FunctionDef:
    """Parse a method."""
    (method,) = ast.parse(source).body
    assert isinstance(method, ast.FunctionDef)
    return method


def expression(source: str) -> ast.expr:
    """Parse an annotation."""
    return ast.parse(source, mode="eval").body


def stub() -> str:
    """Write the whole module."""
    variables = "".join(
        f'Slug{link} = TypeVar("Slug{link}", bound=str)\n'
        f'Output{link} = TypeVar("Output{link}")\nSkipped{link} = TypeVar("Skipped{link}")\n'
        for link in range(DEPTH)
    )
    return HEAD.replace("class NoSteps", variables + "\nclass NoSteps") + STEP + INPUTS + flow()


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
