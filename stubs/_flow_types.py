"""The input of every step, and the outputs of every flow, of the modules beside this one.

Written by ``typedflow stubs``, which writes it anew; do not edit it.
"""

# It takes types from the modules that take their inputs from it, for type checkers alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from docs.examples.analyze_website import Page, Report, Website


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


class AnalyzeWebsiteSteps(TypedDict):
    """The output of every step of flow "analyze_website"."""

    website: Website
    sentiment: float
    summary: list[str]
    save: Report
