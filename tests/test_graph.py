"""Drawings of flows: the same flow always gives the same text."""

from typing import cast

import pytest

from typedflow import FlowDefinition
from typedflow.graph import Notation, draw


def flow(slug: str, **steps: list[str]) -> FlowDefinition:
    definition = FlowDefinition(slug, int)
    for step, depends_on in steps.items():
        definition = definition.with_step(step, lambda _: None, depends_on)
    return definition


diamond = flow("analyze", website=[], sentiment=["website"], summary=["website"], save=["sentiment", "summary"])


def test_text_aligns_what_each_step_depends_on() -> None:
    assert draw(diamond) == (
        "analyze: 4 steps\n"
        "  website\n"
        "  sentiment  <- website\n"
        "  summary    <- website\n"
        "  save       <- sentiment, summary"
    )


def test_text_of_a_chain_reads_from_top_to_bottom() -> None:
    assert draw(flow("chain", a=[], b=["a"], c=["b"])) == "chain: 3 steps\n  a\n  b  <- a\n  c  <- b"


def test_text_of_a_forest_keeps_the_order_of_definition() -> None:
    forest = flow("forest", oak=[], pine=[], acorn=["oak"], cone=["pine"])
    assert draw(forest) == "forest: 4 steps\n  oak\n  pine\n  acorn  <- oak\n  cone   <- pine"


@pytest.mark.parametrize(
    ("definition", "expected"), [(flow("none"), "none: no steps"), (flow("one", a=[]), "one: 1 step\n  a")]
)
def test_text_counts_like_a_person(definition: FlowDefinition, expected: str) -> None:
    assert draw(definition) == expected


def test_dependencies_stand_in_the_order_in_which_they_are_declared() -> None:
    assert draw(flow("f", a=[], b=[], c=["b", "a"])).endswith("c  <- b, a")


def test_mermaid_has_labels_and_arrows() -> None:
    assert draw(diamond, "mermaid") == (
        "---\n"
        'title: "analyze"\n'
        "---\n"
        "flowchart TD\n"
        '    s0["website"]\n'
        '    s1["sentiment"]\n'
        '    s2["summary"]\n'
        '    s3["save"]\n'
        "    s0 --> s1\n"
        "    s0 --> s2\n"
        "    s1 --> s3\n"
        "    s2 --> s3"
    )


def test_keywords_of_mermaid_and_yaml_are_only_ever_quoted() -> None:
    assert draw(flow("null", end=[], subgraph=["end"]), "mermaid") == (
        '---\ntitle: "null"\n---\nflowchart TD\n    s0["end"]\n    s1["subgraph"]\n    s0 --> s1'
    )


def test_dot_is_a_digraph_of_boxes() -> None:
    assert draw(diamond, "dot") == (
        'digraph "analyze" {\n'
        "    node [shape=box];\n"
        '    "website";\n'
        '    "sentiment";\n'
        '    "summary";\n'
        '    "save";\n'
        '    "website" -> "sentiment";\n'
        '    "website" -> "summary";\n'
        '    "sentiment" -> "save";\n'
        '    "summary" -> "save";\n'
        "}"
    )


def test_keywords_of_dot_are_only_ever_quoted() -> None:
    assert draw(flow("strict", graph=[], edge=["graph"]), "dot") == (
        'digraph "strict" {\n    node [shape=box];\n    "graph";\n    "edge";\n    "graph" -> "edge";\n}'
    )


def test_a_branch_is_drawn_without_the_steps_of_its_sibling() -> None:
    trunk = flow("f", a=[])
    left, right = trunk.with_step("left", lambda _: None, ["a"]), trunk.with_step("right", lambda _: None, ["a"])
    assert draw(left) == "f: 2 steps\n  a\n  left  <- a"
    assert draw(right, "mermaid").endswith('s0["a"]\n    s1["right"]\n    s0 --> s1')


def test_an_unknown_notation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the notation is one of text, mermaid, dot, not 'svg'\.$"):
        draw(diamond, cast("Notation", "svg"))
