"""A flow drawn as text, as a Mermaid flowchart, or in Graphviz's DOT language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from typedflow.definition import FlowDefinition

Notation: TypeAlias = Literal["text", "mermaid", "dot"]


def draw(definition: FlowDefinition, notation: Notation = "text") -> str:
    """Return a drawing of the flow, its steps in the order of definition.

    Args:
        definition: The flow.
        notation: ``text`` gives one line for each step with what it depends on, ``mermaid`` a flowchart and ``dot``
            a digraph.

    Raises:
        ValueError: There is no such notation.
    """
    if notation == "text":
        lines = _text(definition)
    elif notation == "mermaid":
        lines = _mermaid(definition)
    elif notation == "dot":
        lines = _dot(definition)
    else:
        raise ValueError(f"the notation is one of {', '.join(get_args(Notation))}, not {notation!r}.")
    return "\n".join(lines)


def _text(definition: FlowDefinition) -> list[str]:
    count = len(definition)
    lines = [f"{definition.slug}: {'no steps' if not count else '1 step' if count == 1 else f'{count} steps'}"]
    width = max((len(step.slug) for step in definition.steps), default=0)
    for step in definition.steps:
        arrow = f"{step.slug:<{width}}  <- {', '.join(step.depends_on)}" if step.depends_on else step.slug
        lines.append(f"  {arrow}")
    return lines


def _mermaid(definition: FlowDefinition) -> list[str]:
    # The title is YAML, which would read an unquoted `null` or `_1` as something else than a string.
    lines = ["---", f'title: "{definition.slug}"', "---", "flowchart TD"]
    # A slug such as `end` or `class` is a keyword of Mermaid's, so slugs appear in labels only.
    lines += [f'    s{step.index}["{step.slug}"]' for step in definition.steps]
    for step in definition.steps:
        lines += [f"    s{definition[dependency].index} --> s{step.index}" for dependency in step.depends_on]
    return lines


def _dot(definition: FlowDefinition) -> list[str]:
    # Everything is quoted: a slug such as `graph` or `strict` is a keyword of DOT's.
    lines = [f'digraph "{definition.slug}" {{', "    node [shape=box];"]
    lines += [f'    "{step.slug}";' for step in definition.steps]
    for step in definition.steps:
        lines += [f'    "{dependency}" -> "{step.slug}";' for dependency in step.depends_on]
    return [*lines, "}"]
