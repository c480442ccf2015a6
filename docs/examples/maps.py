"""Map steps: over pairs, over a list of lists, and with the output of another step beside each item."""

from typing import TypedDict

from typedflow import Flow, StepInput


class Texts(TypedDict):
    """Texts, and how much of each is kept."""

    length: int
    texts: list[str]


class Basket(TypedDict):
    """Two lists of the same length."""

    names: list[str]
    prices: list[float]


labels = (
    Flow("labels", Basket)
    .step("pairs", lambda i: list(zip(i["run"]["names"], i["run"]["prices"], strict=True)))
    .map("label", lambda pair: f"{pair[0]}: {pair[1]:.2f}", over="pairs")
)
names = (
    Flow("names", list[list[str]])
    .step("flat", lambda i: [name for group in i["run"] for name in group])
    .map("upper", lambda name: name.upper(), over="flat")
)


def shorten(inputs: StepInput) -> str:
    """Shorten one text, with the prompt of another step."""
    if not inputs["item"]:
        raise ValueError("nothing to shorten")
    return f"{inputs['prompt']} {inputs['item'][: inputs['run']['length']]}"


excerpts = (
    Flow("excerpts", Texts)
    .step("texts", lambda i: i["run"]["texts"])
    .step("prompt", lambda _: "In short:")
    .map("excerpt", shorten, over="texts", depends_on=["prompt"], when_exhausted="none")
    .step("found", lambda i: [text for text in i["excerpt"] if text is not None], depends_on=["excerpt"])
)
