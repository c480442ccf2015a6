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
    from docs.examples.etl import Request, Source, Total
    from docs.examples.llm import Question
    from docs.examples.maps import Basket, Texts
    from docs.examples.translate import Letter
    from docs.examples.web_application import Report as WebApplicationReport
    from docs.examples.where_handlers_run import Request as WhereHandlersRunRequest
    from polars.dataframe.frame import DataFrame


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


class PricesInput(TypedDict):
    """What step "prices" of flow "order" receives."""

    run: Order


class OrderTotalInput(TypedDict):
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


class FilesInput(TypedDict):
    """What step "files" of flow "etl" receives."""

    run: Request


class SalesInput(TypedDict):
    """What step "sales" of flow "etl" receives."""

    run: Request
    tables: list[DataFrame]


class RateInput(TypedDict):
    """What step "rate" of flow "etl" receives."""

    run: Request


class TotalsInput(TypedDict):
    """What step "totals" of flow "etl" receives."""

    run: Request
    sales: DataFrame
    rate: float | None


class StoreInput(TypedDict):
    """What step "store" of flow "etl" receives."""

    run: Request
    totals: list[Total]


class LlmPromptInput(TypedDict):
    """What step "prompt" of flow "llm" receives."""

    run: Question


class PartsInput(TypedDict):
    """What step "parts" of flow "llm" receives."""

    run: Question


class AnswersInput(TypedDict):
    """What step "answers" of flow "llm" receives."""

    run: Question
    item: str
    prompt: str


class AnswerInput(TypedDict):
    """What step "answer" of flow "llm" receives."""

    run: Question
    answers: list[str | None]


class PairsInput(TypedDict):
    """What step "pairs" of flow "labels" receives."""

    run: Basket


class FlatInput(TypedDict):
    """What step "flat" of flow "names" receives."""

    run: list[list[str]]


class TextsInput(TypedDict):
    """What step "texts" of flow "excerpts" receives."""

    run: Texts


class ExcerptsPromptInput(TypedDict):
    """What step "prompt" of flow "excerpts" receives."""

    run: Texts


class ExcerptInput(TypedDict):
    """What step "excerpt" of flow "excerpts" receives."""

    run: Texts
    item: str
    prompt: str


class FoundInput(TypedDict):
    """What step "found" of flow "excerpts" receives."""

    run: Texts
    excerpt: list[str | None]


class DownloadPageInput(TypedDict):
    """What step "page" of flow "download" receives."""

    run: str


class LanguageInput(TypedDict):
    """What step "language" of flow "translated" receives."""

    run: Letter


class ParagraphsInput(TypedDict):
    """What step "paragraphs" of flow "translated" receives."""

    run: Letter


class TranslationsInput(TypedDict):
    """What step "translations" of flow "translated" receives."""

    run: Letter
    item: str
    language: str


class TextInput(TypedDict):
    """What step "text" of flow "translated" receives."""

    run: Letter
    translations: list[str]


class ReadPagePageInput(TypedDict):
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


class CountWordsPageInput(TypedDict):
    """What step "page" of flow "count_words" receives."""

    run: WhereHandlersRunRequest


class CountsInput(TypedDict):
    """What step "counts" of flow "count_words" receives."""

    run: WhereHandlersRunRequest
    page: str


class FileInput(TypedDict):
    """What step "file" of flow "count_words" receives."""

    run: WhereHandlersRunRequest
    counts: dict[str, int]


class TitleInput(TypedDict):
    """What step "title" of flow "count_words" receives."""

    run: WhereHandlersRunRequest
    file: str
    counts: dict[str, int]


class WordCountsTotalInput(TypedDict):
    """What step "total" of flow "word_counts" receives."""

    run: list[str]
    words: list[int]


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


class EtlSteps(TypedDict):
    """The output of every step of flow "etl"."""

    files: list[Source]
    tables: list[DataFrame]
    sales: DataFrame
    rate: float | None
    totals: list[Total]
    store: int


class LlmSteps(TypedDict):
    """The output of every step of flow "llm"."""

    prompt: str
    parts: list[str]
    answers: list[str | None]
    answer: str


class LabelsSteps(TypedDict):
    """The output of every step of flow "labels"."""

    pairs: list[tuple[str, float]]
    label: list[str]


class NamesSteps(TypedDict):
    """The output of every step of flow "names"."""

    flat: list[str]
    upper: list[str]


class ExcerptsSteps(TypedDict):
    """The output of every step of flow "excerpts"."""

    texts: list[str]
    prompt: str
    excerpt: list[str | None]
    found: list[str]


class PageTitlesSteps(TypedDict):
    """The output of every step of flow "page_titles"."""

    titles: list[str]


class DownloadSteps(TypedDict):
    """The output of every step of flow "download"."""

    page: str


class TranslatedSteps(TypedDict):
    """The output of every step of flow "translated"."""

    language: str
    paragraphs: list[str]
    translations: list[str]
    text: str


class ReadPageSteps(TypedDict):
    """The output of every step of flow "read_page"."""

    page: str
    links: list[str]
    words: int
    report: WebApplicationReport


class CountWordsSteps(TypedDict):
    """The output of every step of flow "count_words"."""

    page: str
    counts: dict[str, int]
    file: str
    title: str


class WordCountsSteps(TypedDict):
    """The output of every step of flow "word_counts"."""

    words: list[int]
    total: int


class GiftOutput(TypedDict):
    """A dict that has no type of its own in the code."""

    paper: str
