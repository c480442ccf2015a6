"""Drawings of flows: the same flow always gives the same text."""

from typing import cast

import pytest

from typedflow import FlowDefinition
from typedflow._definition.drawing import Notation, draw


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


shop = (
    FlowDefinition("shop", list[int])
    .with_map("counted", lambda item: item, "run")
    .with_step("order", lambda _: None, if_={'a"b': ["<x>", "\\d", "#&"]})
    .with_map("lines", lambda item: item, "order", when_exhausted="skip")
    .with_step(
        "pay",
        lambda _: None,
        ["order", "lines"],
        if_={"order": {"paid": False}},
        if_not={"lines": []},
        when_unmet="skip_cascade",
        when_exhausted="skip",
    )
    .with_step("none", lambda _: None, if_not=None, when_unmet="fail")
)


class TestOptions:
    """What a step maps over, its condition, and what becomes of it when it does not run."""

    def test_text_has_them_behind_the_dependencies(self) -> None:
        assert draw(shop) == (
            "shop: 5 steps\n"
            "  counted  [map over run]\n"
            """  order    [if_={'a"b': ['<x>', '\\\\d', '#&']}, when_unmet="skip"]\n"""
            '  lines    <- order  [map over order, when_exhausted="skip"]\n'
            "  pay      <- order, lines  [if_={'order': {'paid': False}}, if_not={'lines': []}, "
            'when_unmet="skip_cascade", when_exhausted="skip"]\n'
            '  none     [if_not=None, when_unmet="fail"]'
        )

    def test_mermaid_has_them_in_the_label_with_its_own_characters_escaped(self) -> None:
        assert draw(shop, "mermaid").splitlines()[4:9] == [
            '    s0[["counted<br>map over run"]]',
            (
                """    s1["order<br>if_={'a#quot;b': ['#lt;x#gt;', '\\\\d', '#35;#amp;']}"""
                """<br>when_unmet=#quot;skip#quot;"]"""
            ),
            '    s2[["lines<br>map over order<br>when_exhausted=#quot;skip#quot;"]]',
            (
                """    s3["pay<br>if_={'order': {'paid': False}}<br>if_not={'lines': []}"""
                """<br>when_unmet=#quot;skip_cascade#quot;<br>when_exhausted=#quot;skip#quot;"]"""
            ),
            '    s4["none<br>if_not=None<br>when_unmet=#quot;fail#quot;"]',
        ]

    def test_dot_has_them_in_the_label_with_its_own_characters_escaped(self) -> None:
        assert draw(shop, "dot").splitlines()[2:7] == [
            r"""    "counted" [label="counted\nmap over run", peripheries=2];""",
            r"""    "order" [label="order\nif_={'a\"b': ['<x>', '\\\\d', '#&']}\nwhen_unmet=\"skip\""];""",
            r"""    "lines" [label="lines\nmap over order\nwhen_exhausted=\"skip\"", peripheries=2];""",
            (
                r"""    "pay" [label="pay\nif_={'order': {'paid': False}}\nif_not={'lines': []}"""
                r"""\nwhen_unmet=\"skip_cascade\"\nwhen_exhausted=\"skip\""];"""
            ),
            r"""    "none" [label="none\nif_not=None\nwhen_unmet=\"fail\""];""",
        ]

    def test_a_long_pattern_is_shortened(self) -> None:
        long = FlowDefinition("f", int).with_step("a", lambda _: None, if_="x" * 100)
        assert draw(long) == f"""f: 1 step\n  a  [if_='{"x" * 79}..., when_unmet="skip"]"""


def test_an_unknown_notation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the notation must be one of text, mermaid, dot, not 'svg'\.$"):
        draw(diamond, cast("Notation", "svg"))
