"""Writes ``__init__.pyi``: a stub of `Flow` from which checkers without the mypy plugin infer the outputs of steps.

    python -m typedflow._inference

In the stub, the outputs of a flow are a chain of `Unsealed`, with one link for each step. A key is looked up with a few
overloads for each link, the newest link first. The methods of `Flow` are copied from `typedflow.flow`, and their types
replaced by those that extend or read the chain. mypy and zuban do not use the stub: see ``typedflow/__init__.py``.

The outputs are in a stub of their own, ``stdlib/types.pyi``, and have to be. pyright and basedpyright accept
``if outputs["a"] is not None: use(outputs["a"])`` only for a TypedDict and for a class that they take for one of
Python's own, and these they know by the path of the stub. A TypedDict was tried instead, but it cannot have the
overloads from which the outputs are inferred. tests/checks/test_editors.py shows it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

from typedflow._inference.classes import (
    CLASSES,
    COMPLETED,
    DEPTH,
    HEAD,
    INPUTS,
    NAMES,
    REQUIRED,
    UNSEALED,
    item_inputs,
    lookups_in_chain,
)
from typedflow._inference.overloads import OVERLOADS, Types

if TYPE_CHECKING:
    from collections.abc import Iterator

STUB: Final = Path(__file__).with_name("__init__.pyi")
OUTPUTS: Final = Path(__file__).with_name("stdlib") / "types.pyi"
FLOW: Final = Path(__file__).parent.with_name("flow.py")
RUNNABLE: Final = Path(__file__).parent.with_name("_runnable.py")


def flow() -> str:
    """Return the class `Flow`, made from its source and from that of the class it derives from."""
    declared, runnable = class_in(FLOW, "Flow"), class_in(RUNNABLE, "Runnable")
    declared.bases = [expression("Generic[Input, Steps_co, Slugs_contra, Cascaded_co, Needs_co]")]
    body: list[ast.stmt] = []
    inherited = [node for node in runnable.body if isinstance(node, Method)]
    for node in [*declared.body, *inherited]:
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


def class_in(path: Path, name: str) -> ast.ClassDef:
    """Parse a class."""
    module = ast.parse(path.read_text("utf-8"))
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)
    return found


def run() -> str:
    """Return the class of the handle on a run, whose methods know the outputs of single steps."""
    found = [
        f"    @overload\n    def output(self: {own}, slug: {key}) -> Coroutine[Any, Any, {read}]: ..."
        for own, key, read in lookups_in_chain("Run[{}]")
    ]
    return "\n".join(
        [
            "class Run(AnyRun[Steps_co], Generic[Steps_co]):",
            "    '''A handle on a run, whose methods know the outputs of single steps.'''",
            *found,
            "    @property",
            "    def completed_outputs(self) -> Completed[Steps_co]: ...",
            "",
        ]
    )


Method = ast.FunctionDef | ast.AsyncFunctionDef


def overloaded(method: Method, overloads: Iterator[Types]) -> Iterator[Method]:
    """Give the overloads of a method. Only the first one has the docstring: editors show that."""
    variants = [retyped(method, types) for types in overloads]
    for index, variant in enumerate(variants):
        variant.decorator_list = [expression("overload")] if len(variants) > 1 else []
        if index:
            del variant.body[0]
        yield variant


def retyped(method: Method, types: Types) -> Method:
    """Return a method with other types for its result and its parameters. Missing parameters are added.

    A parameter keeps its default, unless it is ``REQUIRED``.
    """
    found = parsed(ast.unparse(method))
    unpacked = [found.args.vararg] if found.args.vararg else []
    known = {parameter.arg: parameter for parameter in [*found.args.args, *unpacked, *found.args.kwonlyargs]}
    for name, text in types.items():
        annotation, _, default = text.partition(" = ")
        if name == "return":
            found.returns = expression(annotation)
        elif name == "options":
            assert found.args.kwarg
            found.args.kwarg.annotation = expression(annotation)
        elif name in known:
            known[name].annotation = expression(annotation)
            if default == REQUIRED:
                found.args.kw_defaults[found.args.kwonlyargs.index(known[name])] = None
        else:
            found.args.kwonlyargs.append(ast.arg(name, expression(annotation)))
            found.args.kw_defaults.append(expression(default) if default else None)
    return found


def parsed(source: str) -> Method:
    """Parse a method."""
    (method,) = ast.parse(source).body
    assert isinstance(method, Method)
    return method


def expression(source: str) -> ast.expr:
    """Parse an annotation."""
    return ast.parse(source, mode="eval").body


def stub() -> str:
    """Return the stub of `Flow`."""
    variables = "".join(
        f'Slug{link} = TypeVar("Slug{link}", bound=str)\n'
        f'Output{link} = TypeVar("Output{link}")\nSkipped{link} = TypeVar("Skipped{link}")\n'
        for link in range(DEPTH)
    )
    return f"{HEAD}{variables}\nfrom typedflow._inference.stdlib.types import {', '.join(NAMES)}\n\n{run()}\n{flow()}"


def outputs() -> str:
    """Return the stub of what the outputs of a flow are."""
    return HEAD + CLASSES + UNSEALED + INPUTS + item_inputs() + COMPLETED


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
    OUTPUTS.write_text(outputs(), "utf-8")
