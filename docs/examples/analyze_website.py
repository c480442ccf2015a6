"""Download a web page, score its sentiment, summarise it, and save a report.

    website ──┬── sentiment ──┬── save
              └── summary ────┘

No model and no key: the sentiment counts words of a small list, the summary picks the page's own sentences.

    typedflow run docs/examples/analyze_website.py:analyze_website \
        --input '{"url": "https://example.org", "path": "report.json"}'
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import httpx
import trio
from bs4 import BeautifulSoup

from typedflow import Flow, StepContext

if TYPE_CHECKING:
    # Written by typedflow stubs. With StepInput instead, mypy's plugin checks the same, and editors know less.
    from _flow_types import SaveInput, SentimentInput, SummaryInput, WebsiteInput

GOOD = frozenset(
    "advantage beautiful benefit best better clear convenient correct easy efficient elegant enjoy excellent fast good "  # noqa: SIM905
    "great helpful improve love nice perfect pleasant reliable robust safe simple success useful well".split()
)
BAD = frozenset(
    "awful bad broken bug confusing crash danger dangerous difficult error fail failure fatal hate invalid lose loss "  # noqa: SIM905
    "poor problem sad slow terrible ugly unsafe useless warning weak worse worst wrong".split()
)
NEGATIONS = frozenset({"cannot", "hardly", "neither", "never", "no", "nor", "not", "without"})
LONG_WORD = re.compile(r"[a-z]{5,}")


class Page(TypedDict):
    """The flow input: the page to analyse, and where its report is saved."""

    url: str
    path: str


class Website(TypedDict):
    """What a reader sees of a page, a line for each paragraph."""

    title: str
    text: str


class Report(TypedDict):
    """What is saved."""

    url: str
    sentiment: float
    summary: list[str]


class PageError(Exception):
    """The page cannot be analysed."""


async def website(inputs: WebsiteInput) -> Website:
    """Download the page; an ``async def`` runs in the run's own trio nursery."""
    url = inputs["run"]["url"]
    try:
        async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
            response = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PageError(f"{url} cannot be downloaded: {str(error) or type(error).__name__}") from None
    if not response.is_success:
        raise PageError(f"{url} answered {response.status_code} {response.reason_phrase}".rstrip())
    kind = response.headers.get("content-type", "of no declared type").partition(";")[0]
    if kind not in {"text/html", "application/xhtml+xml"}:
        raise PageError(f"{url} is {kind}, not HTML")
    page = await trio.to_thread.run_sync(read_html, response.text)
    if not page["text"]:
        raise PageError(f"{url} has no text")
    return page


def read_html(html: str) -> Website:
    """Keep what a reader sees: no scripts, no navigation, no forms."""
    soup = BeautifulSoup(html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for hidden in soup(["head", "script", "style", "template", "noscript", "nav", "form"]):
        hidden.decompose()
    for line_break in soup("br"):
        line_break.replace_with("\n")
    for block in soup(["div", "p", "pre", "li", "dt", "dd", "tr", "td", "h1", "h2", "h3", "h4"]):
        block.insert_before("\n\n")
        block.append("\n\n")
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", soup.get_text()))
    return {"title": title, "text": "\n".join(filter(None, paragraphs))}


def sentiment(inputs: SentimentInput) -> float:
    """Score from -1 (all bad) to 1 (all good): good minus bad words, divided by their sum.

    A negation up to three words before turns a word round. It knows a few dozen English words and no irony.
    A plain ``def`` runs in a worker thread, so it does not block the run.
    """
    text = inputs["website"]["text"].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = re.findall(r"[a-z]+(?:'t)?", text)
    good = bad = 0
    for place, word in enumerate(words):
        negated = any(w in NEGATIONS or w.endswith("n't") for w in words[max(0, place - 3) : place])
        good += word in (BAD if negated else GOOD)
        bad += word in (GOOD if negated else BAD)
    return round((good - bad) / (good + bad), 3) if good + bad else 0.0


def summary(inputs: SummaryInput) -> list[str]:
    """Choose the three sentences whose long words are most frequent on the page (after Luhn), in the page's order."""
    text = inputs["website"]["text"]
    frequency = Counter(LONG_WORD.findall(text.lower()))
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n", text) if re.fullmatch(r"[A-Z].{60,300}[.!?]", s)]

    def weight(sentence: str) -> float:
        words = LONG_WORD.findall(sentence.lower())
        return sum(frequency[word] for word in words) / max(len(words), 5)

    chosen = sorted(dict.fromkeys(sentences), key=weight, reverse=True)[:3]
    return sorted(chosen, key=sentences.index)


def save(inputs: SaveInput, context: StepContext) -> Report:
    """Write the report whole or not at all; the second parameter knows the run."""
    # inputs["website"] would be a type error here: this step does not depend on it.
    report: Report = {"url": inputs["run"]["url"], "sentiment": inputs["sentiment"], "summary": inputs["summary"]}
    path = Path(inputs["run"]["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{context.run_id}")
    try:
        unfinished.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return report


analyze_website = (
    Flow("analyze_website", Page)
    .step("website", website)
    .step("sentiment", sentiment, depends_on=["website"])
    .step("summary", summary, depends_on=["website"])
    .step("save", save, depends_on=["sentiment", "summary"])
)
