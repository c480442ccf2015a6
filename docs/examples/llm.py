"""Ask a language model a question about each part of a text, and join what it answers.

    prompt ──┐
    parts ───┴── answers ── answer

All steps share one HTTP client. No more than ten requests start in a second. A request that the model's server refuses
because it is busy is repeated when the server says. A part that cannot be answered after four attempts is left out.

    typedflow run docs/examples/llm.py --resources docs.examples.llm:model --input @question.json
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypedDict

import httpx

from typedflow import Flow, RateLimit, RetryAfter, StepContext, StepInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BUSY = {429, 503}  # too many requests, service unavailable


class Question(TypedDict):
    """The flow input: a text, what is asked about it, and in which style the model should answer."""

    text: str
    question: str
    style: str


class Completion(TypedDict):
    """What the model's server answers."""

    text: str


@asynccontextmanager
async def model() -> AsyncGenerator[httpx.AsyncClient]:
    """Connect to the model's server. A run does this once, and all its steps use the connection."""
    async with httpx.AsyncClient(base_url="http://127.0.0.1:8080", timeout=30) as client:
        yield client


async def prompt(inputs: StepInput, context: StepContext[Question, httpx.AsyncClient]) -> str:
    """Read the prompt of a style from the server, and add the question to it."""
    response = await context.resources.get(f"/prompts/{inputs['run']['style']}")
    return f"{response.raise_for_status().text}\n{inputs['run']['question']}"


def parts(inputs: StepInput) -> list[str]:
    """Split the text into paragraphs."""
    return [part for part in inputs["run"]["text"].split("\n\n") if part.strip()]


async def answer_one(inputs: StepInput, context: StepContext[Question, httpx.AsyncClient]) -> str:
    """Ask the model about one part."""
    request = {"prompt": inputs["prompt"], "text": inputs["item"]}
    response = await context.resources.post("/completions", json=request)
    if response.status_code in BUSY and "Retry-After" in response.headers:
        raise RetryAfter(float(response.headers["Retry-After"]))
    completion: Completion = response.raise_for_status().json()
    return completion["text"]


def answer(inputs: StepInput) -> str:
    """Join the answers, and say how many are missing."""
    answers = [each for each in inputs["answers"] if each is not None]
    missing = len(inputs["answers"]) - len(answers)
    return "\n".join([*answers, *([f"({missing} without an answer)"] if missing else [])])


def is_temporary(error: Exception) -> bool:
    """Return whether another attempt may succeed: the server is busy or broken, or it was not reached in time."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError | TimeoutError)


llm = (
    Flow("llm", Question, resources=httpx.AsyncClient)
    .step("prompt", prompt, max_attempts=3, retry_on=is_temporary)
    .step("parts", parts)
    .map(
        "answers",
        answer_one,
        over="parts",
        depends_on=["prompt"],
        max_attempts=4,
        base_delay=[0.5, 2, 10],
        timeout=20,
        retry_on=is_temporary,
        rate_limit=RateLimit(10),
        when_exhausted="none",
    )
    .step("answer", answer, depends_on=["answers"])
)
