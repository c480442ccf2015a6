"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from docs.examples.analyze_website import Page, Report, Website
    from docs.examples.conditions import Order
    from docs.examples.maps import Basket, Texts
    from docs.examples.web_application import Report as WebApplicationReport


class WebsiteInput(TypedDict):
    """What step "website" of flow "analyze_website" receives."""

    run: Page


class SentimentInput(TypedDict):
    """What step "sentiment" of flow "analyze_website" receives."""

    run: Page
    website: Website


class AnalyzeWebsiteSummaryInput(TypedDict):
    """What step "summary" of flow "analyze_website" receives."""

    run: Page
    website: Website


class SaveInput(TypedDict):
    """What step "save" of flow "analyze_website" receives."""

    run: Page
    sentiment: float
    summary: list[str]


class PricesInput(TypedDict):
    """What step "prices" of flow "order" receives."""

    run: Order


class TotalInput(TypedDict):
    """What step "total" of flow "order" receives."""

    run: Order


class GiftInput(TypedDict):
    """What step "gift" of flow "order" receives."""

    run: Order


class ReviewInput(TypedDict):
    """What step "review" of flow "order" receives."""

    run: Order
    total: float


class CardInput(TypedDict):
    """What step "card" of flow "order" receives."""

    run: Order
    gift: GiftOutput


class NoticeInput(TypedDict):
    """What step "notice" of flow "order" receives."""

    run: Order
    gift: GiftOutput | None


class PairsInput(TypedDict):
    """What step "pairs" of flow "labels" receives."""

    run: Basket


class FlatInput(TypedDict):
    """What step "flat" of flow "names" receives."""

    run: list[list[str]]


class TextsInput(TypedDict):
    """What step "texts" of flow "summaries" receives."""

    run: Texts


class PromptInput(TypedDict):
    """What step "prompt" of flow "summaries" receives."""

    run: Texts


class SummariesSummaryInput(TypedDict):
    """What step "summary" of flow "summaries" receives."""

    run: Texts
    item: str
    prompt: str


class FoundInput(TypedDict):
    """What step "found" of flow "summaries" receives."""

    run: Texts
    summary: list[str | None]


class PageInput(TypedDict):
    """What step "page" of flow "read_page" receives."""

    run: str


class LinksInput(TypedDict):
    """What step "links" of flow "read_page" receives."""

    run: str
    page: str


class WordsInput(TypedDict):
    """What step "words" of flow "read_page" receives."""

    run: str
    page: str


class ReportInput(TypedDict):
    """What step "report" of flow "read_page" receives."""

    run: str
    links: list[str]
    words: int


class AnalyzeWebsiteSteps(TypedDict):
    """The output of every step of flow "analyze_website"."""

    website: Website
    sentiment: float
    summary: list[str]
    save: Report


class OrderSteps(TypedDict):
    """The output of every step of flow "order"."""

    prices: list[float]
    total: float
    gift: GiftOutput | None
    review: str | None
    card: str | None
    notice: str | None
    labels: list[str] | None


class LabelsSteps(TypedDict):
    """The output of every step of flow "labels"."""

    pairs: list[tuple[str, float]]
    label: list[str]


class NamesSteps(TypedDict):
    """The output of every step of flow "names"."""

    flat: list[str]
    upper: list[str]


class SummariesSteps(TypedDict):
    """The output of every step of flow "summaries"."""

    texts: list[str]
    prompt: str
    summary: list[str | None]
    found: list[str]


class ReadPageSteps(TypedDict):
    """The output of every step of flow "read_page"."""

    page: str
    links: list[str]
    words: int
    report: WebApplicationReport


class GiftOutput(TypedDict):
    """A dict that has no type of its own in the code."""

    paper: str
