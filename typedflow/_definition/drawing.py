"""A flow drawn as text, as a Mermaid flowchart, or in Graphviz's DOT language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from typedflow._definition.options import UNSET

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition

Notation: TypeAlias = Literal["text", "mermaid", "dot"]

# Characters of a pattern that are drawn; a drawing is no place for a long one.
_LONGEST: Final = 80
_IN_MERMAID: Final = str.maketrans({"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;"})
_IN_DOT: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


def draw(definition: FlowDefinition, notation: Notation = "text") -> str:
    """Return a drawing of the flow, its steps in the order of definition.

    Args:
        definition: The flow.
        notation: ``text`` gives one line for each step with what it depends on, ``mermaid`` a flowchart and ``dot``
            a digraph. What a step maps over, its condition and what becomes of it when it does not run are written
            in the words of its options; map steps have a double border.

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
        arrow = f"<- {', '.join(step.depends_on)}" if step.depends_on else ""
        notes = f"[{', '.join(_notes(step))}]" if _notes(step) else ""
        lines.append("  ".join(["", f"{step.slug:<{width}}", *filter(None, (arrow, notes))]).rstrip())
    return lines


def _mermaid(definition: FlowDefinition) -> list[str]:
    # The title is YAML, which would read an unquoted `null` or `_1` as something else than a string.
    lines = ["---", f'title: "{definition.slug}"', "---", "flowchart TD"]
    # A slug such as `end` or `class` is a keyword of Mermaid's, so slugs appear in labels only.
    for step in definition.steps:
        label = "<br>".join([step.slug, *(note.translate(_IN_MERMAID) for note in _notes(step))])
        lines.append(f'    s{step.index}["{label}"]' if step.over is None else f'    s{step.index}[["{label}"]]')
    for step in definition.steps:
        lines += [f"    s{definition[dependency].index} --> s{step.index}" for dependency in step.depends_on]
    return lines


def _dot(definition: FlowDefinition) -> list[str]:
    # Everything is quoted: a slug such as `graph` or `strict` is a keyword of DOT's.
    lines = [f'digraph "{definition.slug}" {{', "    node [shape=box];"]
    for step in definition.steps:
        label = "\\n".join([step.slug, *(note.translate(_IN_DOT) for note in _notes(step))])
        attributes = [] if label == step.slug else [f'label="{label}"']
        if step.over is not None:
            attributes.append("peripheries=2")
        lines.append(f'    "{step.slug}" [{", ".join(attributes)}];' if attributes else f'    "{step.slug}";')
    for step in definition.steps:
        lines += [f'    "{dependency}" -> "{step.slug}";' for dependency in step.depends_on]
    return [*lines, "}"]


def _notes(step: StepDefinition) -> list[str]:
    """What a step is besides its dependencies, in the words of its options."""
    options = step.options
    patterns = {"if_": options.if_, "if_not": options.if_not}
    notes = [] if step.over is None else [f"map over {step.over}"]
    notes += [f"{name}={_shortened(repr(value))}" for name, value in patterns.items() if value is not UNSET]
    if options.has_condition:
        notes.append(f'when_unmet="{options.when_unmet}"')
    if options.when_exhausted != "fail":
        notes.append(f'when_exhausted="{options.when_exhausted}"')
    return notes


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
