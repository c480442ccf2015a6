"""A flow drawn as text, as a Mermaid flowchart, or in Graphviz's DOT language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from typedflow._definition.annotation_name import name_of as name_of_type
from typedflow._definition.handler import name_of
from typedflow._definition.options import UNSET
from typedflow._definition.predicate import is_predicate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._definition.flow import FlowDefinition, StepDefinition

Notation: TypeAlias = Literal["text", "mermaid", "dot"]

# How many characters of a pattern are drawn.
_LONGEST: Final = 80
_IN_MERMAID: Final = str.maketrans({"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;"})
_IN_DOT: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


class DrawnStep(NamedTuple):
    """A step as it is drawn.

    Attributes:
        slug: Its slug.
        depends_on: The steps that it depends on.
        is_map: Whether it is a map step.
        notes: What is written beside or below its slug.
    """

    slug: str
    depends_on: Sequence[str]
    is_map: bool
    notes: Sequence[str]


def draw(definition: FlowDefinition, notation: Notation = "text") -> str:
    """Return a drawing of the flow, with its steps in the order of definition.

    Args:
        definition: The flow.
        notation: ``text`` gives a line for each step with its dependencies, ``mermaid`` a flowchart, ``dot`` a
            digraph. All of them also show what a step maps over or waits for, its condition and how it is skipped.
            Map steps have a double border.

    Raises:
        ValueError: The notation is unknown.
    """
    steps = [DrawnStep(step.slug, step.depends_on, step.over is not None, _notes(step)) for step in definition.steps]
    return draw_steps(definition.slug, steps, notation)


def draw_steps(flow: str, steps: Sequence[DrawnStep], notation: Notation) -> str:
    """Return a drawing of steps, as `draw` does.

    Raises:
        ValueError: The notation is unknown.
    """
    if notation == "text":
        lines = _text(flow, steps)
    elif notation == "mermaid":
        lines = _mermaid(flow, steps)
    elif notation == "dot":
        lines = _dot(flow, steps)
    else:
        raise ValueError(f"the notation must be one of {', '.join(get_args(Notation))}, not {notation!r}.")
    return "\n".join(lines)


def _text(flow: str, steps: Sequence[DrawnStep]) -> list[str]:
    count = len(steps)
    lines = [f"{flow}: {'no steps' if not count else '1 step' if count == 1 else f'{count} steps'}"]
    width = max((len(step.slug) for step in steps), default=0)
    for step in steps:
        arrow = f"<- {', '.join(step.depends_on)}" if step.depends_on else ""
        notes = f"[{', '.join(step.notes)}]" if step.notes else ""
        lines.append("  ".join(["", f"{step.slug:<{width}}", *filter(None, (arrow, notes))]).rstrip())
    return lines


def _mermaid(flow: str, steps: Sequence[DrawnStep]) -> list[str]:
    # The title is YAML, in which an unquoted `null` or `_1` is not a string.
    lines = ["---", f'title: "{flow}"', "---", "flowchart TD"]
    indices = {step.slug: index for index, step in enumerate(steps)}
    # A slug may be a Mermaid keyword, such as `end` or `class`. So slugs appear in labels only.
    for step in steps:
        label = "<br>".join([step.slug, *(note.translate(_IN_MERMAID) for note in step.notes)])
        index = indices[step.slug]
        lines.append(f'    s{index}[["{label}"]]' if step.is_map else f'    s{index}["{label}"]')
    for step in steps:
        lines += [f"    s{indices[dependency]} --> s{indices[step.slug]}" for dependency in step.depends_on]
    return lines


def _dot(flow: str, steps: Sequence[DrawnStep]) -> list[str]:
    # All slugs are quoted: one may be a DOT keyword, such as `graph` or `strict`.
    lines = [f'digraph "{flow}" {{', "    node [shape=box];"]
    for step in steps:
        label = "\\n".join([step.slug, *(note.translate(_IN_DOT) for note in step.notes)])
        attributes = [] if label == step.slug else [f'label="{label}"']
        if step.is_map:
            attributes.append("peripheries=2")
        lines.append(f'    "{step.slug}" [{", ".join(attributes)}];' if attributes else f'    "{step.slug}";')
    for step in steps:
        lines += [f'    "{dependency}" -> "{step.slug}";' for dependency in step.depends_on]
    return [*lines, "}"]


def _notes(step: StepDefinition) -> list[str]:
    """Return the options of a step that decide what it maps over and whether it runs, as they are written in code."""
    options = step.options
    patterns = {"if_": options.if_, "if_not": options.if_not}
    notes = [] if step.over is None else [f"map over {step.over}"]
    notes += [] if step.handler is not None else [f"wait for {_waited_for(step.output_type)}"]
    notes += [f"{name}={shortened(_written(value))}" for name, value in patterns.items() if value is not UNSET]
    if options.has_condition:
        notes.append(f'when_unmet="{options.when_unmet}"')
    if step.handler is None and options.timeout < math.inf:
        notes.append(f"timeout={options.timeout:g}")
    if options.when_exhausted != "fail":
        notes.append(f'when_exhausted="{options.when_exhausted}"')
    return notes


def _waited_for(output_type: Any) -> str:
    return "None" if output_type is type(None) else name_of_type(output_type)


def _written(condition: object) -> str:
    return name_of(condition) if is_predicate(condition) else repr(condition)


def shortened(text: str) -> str:
    """Return a pattern as it is drawn: its beginning, if it is long."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
