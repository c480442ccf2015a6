"""The module ``_flow_types``: a TypedDict for every step's input, and for every flow's outputs."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from mypy.nodes import MypyFile
from mypy.types import Type

from typedflow_mypy.lib.text import pascal
from typedflow_mypy.model.recording import RecordedStep
from typedflow_mypy.stubs.type_source import TypeSource, is_identifier, lines

MODULE: Final = "_flow_types"
_MADE_WITH: Final = ("typing", "typing_extensions")
_HEAD: Final = '''\
"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

'''


@dataclass(frozen=True)
class _Named:
    """A TypedDict to write.

    Attributes:
        names: What it may be called, the shortest name first; the last one differs from all others.
        doc: What it is.
        keys: Its keys, each with the source of its type.
    """

    names: tuple[str, ...]
    doc: str
    keys: dict[str, str]


def source(steps: list[RecordedStep], modules: dict[str, MypyFile]) -> str:
    """Write the module for these steps; what is anonymous in them gets a name after the step.

    Args:
        steps: In the order in which they are to be written.
        modules: Every module of the user's by name.
    """
    names = {name for step in steps for name in (*_names(step, "Input", step.slug), *_names(step, "Steps"))}
    types = TypeSource(modules, {"TYPE_CHECKING", "TypedDict", *names})
    inputs = [_step_input(types, step, step.step_input) for step in steps if step.step_input is not None]
    found = [*inputs, *(_outputs(types, flow) for flow in _flows(steps))]
    classes: dict[str, list[_Named]] = {}
    for named in found:
        classes.setdefault(_name(named, found, classes), []).append(named)
    written = [_class(name, same[0].keys, [named.doc for named in same]) for name, same in classes.items()]
    written += [_class(name, keys, [doc]) for name, (doc, keys) in sorted(types.classes.items())]
    return _HEAD + "\n".join(_imports(types)) + "".join(written)


def _names(step: RecordedStep, kind: str, *slug: str) -> tuple[str, ...]:
    """What a TypedDict of a step, or of its flow, may be called."""
    flow = step.flow or step.variable or step.module.fullname.rpartition(".")[2]
    shorter = [pascal(*slug)] if slug else []
    longer = [
        pascal(flow, *slug),
        pascal(flow, step.variable, *slug),
        pascal(step.module.fullname.replace(".", "_"), flow, step.variable, *slug),
    ]
    return (*(name + kind for name in [*shorter, *longer]), f"{pascal(flow, *slug)}{kind}At{step.line}")


def _step_input(types: TypeSource, step: RecordedStep, step_input: dict[str, Type]) -> _Named:
    keys = {key: _key(types, step, key, written) for key, written in step_input.items()}
    return _Named(_names(step, "Input", step.slug), f'What step "{step.slug}"{_of(step)} receives.', keys)


def _outputs(types: TypeSource, flow: list[RecordedStep]) -> _Named:
    step, order = flow[-1], [earlier.slug for earlier in flow]
    slugs = [*(slug for slug in step.after.items if slug not in order), *order]
    keys = {slug: _key(types, step, slug, step.after.items[slug]) for slug in slugs}
    return _Named(_names(step, "Steps"), f"The output of every step{_of(step)}.", keys)


def _of(step: RecordedStep) -> str:
    return f' of flow "{step.flow}"' if step.flow else ""


def _key(types: TypeSource, step: RecordedStep, key: str, written: Type) -> str:
    return types.write(written, pascal(key) + ("Input" if key == "run" else "Output"), step.module)


def _flows(steps: list[RecordedStep]) -> list[list[RecordedStep]]:
    """The steps of every flow that no other one extends, in the order of their definition as far as it is known."""
    by_outputs: dict[tuple[str, ...], list[RecordedStep]] = defaultdict(list)
    for step in steps:
        by_outputs[step.flow, *step.after.items].append(step)

    def before(step: RecordedStep) -> RecordedStep | None:
        same_slugs = by_outputs[step.flow, *step.before.items]
        nearest_first = sorted(same_slugs, key=lambda other: other.module is not step.module)
        return next((other for other in nearest_first if other.after == step.before), None)

    extended = [before(step) for step in steps]
    flows = []
    for last in steps:
        if last not in extended:
            flow = [last]
            while (earlier := before(flow[0])) is not None:
                flow.insert(0, earlier)
            flows.append(flow)
    return flows


def _name(named: _Named, found: list[_Named], taken: dict[str, list[_Named]]) -> str:
    """The shortest name that nothing else has, or could have in its place."""
    for place, name in enumerate(named.names):
        rivals = [other for other in found if other.names[place : place + 1] == (name,)] + taken.get(name, [])
        if all(other.keys == named.keys for other in rivals):
            return name
    return named.names[-1]


def _imports(types: TypeSource) -> list[str]:
    """Import at run time only what the classes are made with."""
    made_with: dict[str, dict[str, str]] = {
        module: imports for module, imports in types.imports.items() if module in _MADE_WITH
    }
    made_with["typing"] = {**made_with.get("typing", {}), "TypedDict": "TypedDict"}
    others = {module: imports for module, imports in types.imports.items() if module not in _MADE_WITH}
    if not others:
        return list(lines(made_with))
    made_with["typing"]["TYPE_CHECKING"] = "TYPE_CHECKING"
    block = "\n".join(lines(others)).replace("\n", "\n    ")
    return [*lines(made_with), "", "if TYPE_CHECKING:", f"    {block}", ""]


def _class(name: str, keys: dict[str, str], docs: list[str]) -> str:
    doc = "\n\n    ".join(dict.fromkeys(docs))
    if all(map(is_identifier, keys)):
        body = "".join(f"    {key}: {written}\n" for key, written in keys.items())
        return f'\n\nclass {name}(TypedDict):\n    """{doc}"""\n\n{body}'
    body = "".join(f"        {json.dumps(key)}: {json.dumps(written)},\n" for key, written in keys.items())
    return f'\n\n{name} = TypedDict(\n    "{name}",\n    {{\n{body}    }},\n)\n"""{doc}"""\n'
