"""Writes ``__init__.pyi``: a stub of `Flow` from which checkers without the mypy plugin infer the outputs of steps.

    python -m typedflow._inference

In the stub, the outputs of a flow are a chain of `Unsealed`, with one link for each step. A key is looked up with a few
overloads for each link, the newest link first. The methods of `Flow` are copied from `typedflow.flow`, and their types
replaced by those that extend or read the chain. mypy and zuban do not use the stub: see ``typedflow/__init__.py``.
``pgflow.pyi`` is a stub of `PgflowEngine`, which is given such flows.

The outputs are in a stub of their own, ``stdlib/types.pyi``, and have to be. pyright and basedpyright accept
``if outputs["a"] is not None: use(outputs["a"])`` only for a TypedDict and for a class that they take for one of
Python's own, and these they know by the path of the stub. A TypedDict was tried instead, but it cannot have the
overloads from which the outputs are inferred. tests/checks/test_editors.py shows it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from typedflow._inference import engine
from typedflow._inference.classes import (
    CLASSES,
    COMPLETED,
    DEPTH,
    HEAD,
    INPUTS,
    NAMES,
    UNSEALED,
    item_inputs,
    lookups_in_chain,
)
from typedflow._inference.methods import Method, class_in, expression, overloaded, without_body
from typedflow._inference.overloads import OVERLOADS

STUB: Final = Path(__file__).with_name("__init__.pyi")
OUTPUTS: Final = Path(__file__).with_name("stdlib") / "types.pyi"
ENGINE: Final = Path(__file__).with_name("pgflow.pyi")
FLOW: Final = Path(__file__).parent.with_name("flow.py")
RUNNABLE: Final = Path(__file__).parent.with_name("_runnable.py")


def flow() -> str:
    """Return the class `Flow`, made from its source and from that of the class it derives from."""
    declared, runnable = class_in(FLOW, "Flow"), class_in(RUNNABLE, "Runnable")
    exact = expression("ExactFlow[Input, Steps_co]")
    declared.bases = [exact, expression("Generic[Input, Steps_co, Slugs_contra, Cascaded_co, Needs_co]")]
    body: list[ast.stmt] = []
    inherited = [node for node in runnable.body if isinstance(node, Method)]
    for node in [*declared.body, *inherited]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("__") and node.name != "__init__":
                continue
            overloads = OVERLOADS.get(node.name)
            body += overloaded(without_body(node), overloads()) if overloads else [without_body(node)]
        elif not isinstance(node, ast.Assign):
            body.append(node)
    declared.body = [*body, *engine.methods_of_flow()]
    return ast.unparse(declared) + "\n"


def handle(name: str, base: str) -> str:
    """Return the class of a handle on a run, whose methods know the outputs of single steps."""
    found = [
        f"    @overload\n    def output(self: {own}, slug: {key}) -> Coroutine[Any, Any, {read}]: ..."
        for own, key, read in lookups_in_chain(f"{name}[{{}}]")
    ]
    return "\n".join(
        [
            f"class {name}({base}[Steps_co], Generic[Steps_co]):",
            "    '''A handle on a run, whose methods know the outputs of single steps.'''",
            *found,
            "    @property",
            "    def completed_outputs(self) -> Completed[Steps_co]: ...",
            "",
        ]
    )


def stub() -> str:
    """Return the stub of `Flow`."""
    variables = "".join(
        f'Slug{link} = TypeVar("Slug{link}", bound=str)\n'
        f'Output{link} = TypeVar("Output{link}")\nSkipped{link} = TypeVar("Skipped{link}")\n'
        for link in range(DEPTH)
    )
    imported = f"from typedflow._inference.stdlib.types import {', '.join(NAMES)}\n"
    return f"{HEAD}{variables}\n{imported}\n{handle('Run', 'AnyRun')}\n{engine.EXACT_FLOW}{flow()}"


def outputs() -> str:
    """Return the stub of what the outputs of a flow are."""
    return HEAD + CLASSES + UNSEALED + INPUTS + item_inputs() + COMPLETED


def engine_stub() -> str:
    """Return the stub of the engine on Postgres."""
    return f"{engine.HEAD}{handle('PgflowRun', 'AnyRun')}\n{engine.protocols()}{engine.class_()}"


if __name__ == "__main__":
    STUB.write_text(stub(), "utf-8")
    OUTPUTS.write_text(outputs(), "utf-8")
    ENGINE.write_text(engine_stub(), "utf-8")
