"""Write ``__init__.pyi``: the type of `Flow` from which a checker without the mypy plugin infers the outputs of steps.

    python -m typedflow.inference

A flow's steps are a chain of `Step`, one link for each step; a key is looked up by one pair of overloads for each
link, the newest first. The methods of the class are those of `typedflow.flow.Flow`, with other types for what makes
the chain. mypy never takes these types: it keeps the first `Flow` that ``typedflow/__init__.py`` imports.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

# Links that a chain keeps, the newest ones; more cost pyright and pyrefly minutes. A step further away is Any.
DEPTH: Final = 8
STUB: Final = Path(__file__).with_name("__init__.pyi")
FLOW: Final = Path(__file__).parent.with_name("flow.py")

HEAD: Final = '''\
"""Written by ``python -m typedflow.inference``: see there. Do not edit."""

# mypy: ignore-errors

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, Protocol, overload

from typing_extensions import LiteralString, TypeVar

from typedflow.context import StepContext
from typedflow.definition import FlowDefinition, StepDefinition
from typedflow.event import Listener
from typedflow.step_input import StepInput

Input = TypeVar("Input")
Input_co = TypeVar("Input_co", covariant=True)
Steps_co = TypeVar("Steps_co", covariant=True)
Slugs_contra = TypeVar("Slugs_contra", bound=str, contravariant=True, default=Any)
Before_co = TypeVar("Before_co", covariant=True)
# Invariant: of a covariant one some checkers forget the literal.
Slug = TypeVar("Slug", bound=str)
NewSlug = TypeVar("NewSlug", bound=LiteralString)
Key = TypeVar("Key", bound=LiteralString)
Value = TypeVar("Value")
Output = TypeVar("Output")
Output_co = TypeVar("Output_co", covariant=True)
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


def link(distance: int, slug: str, output: str, before: str = "Any") -> str:
    """Write the type of a chain in which a step stands that many links before the newest."""
    chain = f"Step[{before}, {slug}, {output}]"
    for _ in range(distance):
        chain = f"Step[{chain}, Any, Any]"
    return chain


def in_chain(own: str) -> list[tuple[str, str, str]]:
    """List how a key is looked up: the type of the mapping, of the key and of the result.

    Args:
        own: The mapping's type, with braces for the chain.
    """
    found = []
    for distance in range(DEPTH):
        found.append((own.format(link(distance, "Key", "Awaitable[Value]")), "Key", "Value"))
        found.append((own.format(link(distance, "Key", "Value")), "Key", "Value"))
    found.append((own.format(link(DEPTH, "Any", "Any")), "str", "Any"))
    # Of a chain that it infers through a generic function pyrefly forgets the slugs.
    found += [(own.format(link(distance, "str", "Any")), "str", "Any") for distance in range(DEPTH)]
    found += [(own.format(link(distance, "Any", "Any", "SealedSteps")), "str", "Any") for distance in range(DEPTH)]
    return found


def methods(lookups: list[tuple[str, str, str]]) -> str:
    """Write the methods of a class of which keys are read."""
    overloads = [
        "    @overload\n    " + method.format(own=own, key=key, result=result)
        for method in METHODS
        for own, key, result in lookups
    ]
    return "\n".join([*overloads, "    def __contains__(self, key: str, /) -> bool: ..."])


STEP: Final = f"""\
class Step(Mapping[str, object], Generic[Before_co, Slug, Output_co]):
    '''The outputs of a flow: those of the steps before, and one more.'''

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
# The order, and which Given is Any, are found by trial: pyright, ty and pyrefly each take a lambda's parameter from
# another part of the union, and infer less of its result from any other that was tried.
STEP_TYPES: Final = {
    "slug": "NewSlug",
    "handler": "Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output]"
    " | Taking[Given, Output] | TakingContext[Any, Input, Output]",
    "depends_on": "Sequence[Slugs_contra]",
}
STEP_RESULT: Final = "Flow[Input, Step[Steps_co, NewSlug, Output], Slugs_contra | NewSlug]"
LONGEST: Final = [f"Slug{link}, Output{link}" for link in range(DEPTH)]


def chain(links: list[str]) -> str:
    """Write a chain of links, the newest first, of which those before are forgotten."""
    return f"Step[{chain(links[1:])}, {links[0]}]" if links else "Any"


def flow() -> str:
    """Write the class `Flow` after its source."""
    module = ast.parse(FLOW.read_text("utf-8"))
    (declared,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Flow")
    declared.bases = [ast.parse("Generic[Input, Steps_co, Slugs_contra]", mode="eval").body]
    body: list[ast.stmt] = []
    for node in declared.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("__") and node.name != "__init__":
                continue
            documented = ast.get_docstring(node) is not None
            node.body = [*(node.body[:1] if documented else []), ast.Expr(ast.Constant(...))]
            body += retyped(node)
        elif not isinstance(node, ast.Assign):
            body.append(node)
    declared.body = body
    return ast.unparse(declared) + "\n"


def retyped(method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give a method the types from which the chain is inferred."""
    arguments = [*method.args.args, *method.args.kwonlyargs]
    if method.name == "__init__":
        method.decorator_list = [expression("overload")]
        arguments[0].annotation = expression("Flow[Input, NoSteps, Literal['run']]")
        other = parsed(ast.unparse(method))
        other.args.args[0].annotation = expression("Flow[Any, NoSteps, Literal['run']]")
        other.args.args[2].annotation = expression("object")
        return [method, other]
    if method.name == "step":
        for argument in arguments:
            if argument.arg in STEP_TYPES:
                argument.annotation = expression(STEP_TYPES[argument.arg])
        method.returns = expression(STEP_RESULT)
        method.decorator_list = [expression("overload")]
        # Without it a chain that grows in a loop has no end, and ty looks for one.
        longest = parsed(ast.unparse(method))
        longest.args.args[0].annotation = expression(f"Flow[Input, {chain(LONGEST)}, Slugs_contra]")
        longest.returns = expression(STEP_RESULT.replace("Steps_co", chain(LONGEST[:-1])))
        return [longest, method]
    if method.name == "sealed":
        method.returns = expression("Flow[Input, Sealed, Slugs_contra]")
    return [method]


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
        f'Slug{link} = TypeVar("Slug{link}", bound=str)\nOutput{link} = TypeVar("Output{link}")\n'
        for link in range(DEPTH)
    )
    return HEAD.replace("class NoSteps", variables + "\nclass NoSteps") + STEP + INPUTS + flow()


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
