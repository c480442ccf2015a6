"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from docs.examples.analyze_website import Page, Report, Website
    from docs.examples.web_application import Report as WebApplicationReport


class WebsiteInput(TypedDict):
    """What step "website" of flow "analyze_website" receives."""

    run: Page


class SentimentInput(TypedDict):
    """What step "sentiment" of flow "analyze_website" receives."""

    run: Page
    website: Website


class SummaryInput(TypedDict):
    """What step "summary" of flow "analyze_website" receives."""

    run: Page
    website: Website


class SaveInput(TypedDict):
    """What step "save" of flow "analyze_website" receives."""

    run: Page
    sentiment: float
    summary: list[str]


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


class ReadPageSteps(TypedDict):
    """The output of every step of flow "read_page"."""

    page: str
    links: list[str]
    words: int
    report: WebApplicationReport
