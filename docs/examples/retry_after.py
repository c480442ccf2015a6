"""Downloads a page. If the server is busy, it is asked again as late as it says."""

import sys
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from typedflow import Flow, RateLimit, RetryAfter, StepInput


def retry_after(response: httpx.Response) -> timedelta | None:
    """Return the delay that a response asks for, in seconds or until a date."""
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return timedelta(seconds=int(value))
    try:
        date = parsedate_to_datetime(value)
    except ValueError:  # there is no such header, or it cannot be read
        return None
    return max(date - datetime.now(UTC), timedelta(0))


async def fetch(inputs: StepInput) -> str:
    """Download the page."""
    async with httpx.AsyncClient() as client:
        response = await client.get(inputs["run"])
    try:
        response.raise_for_status()
    except httpx.HTTPStatusError as error:
        delay = retry_after(response)
        if delay is not None:
            raise RetryAfter(delay, f"the server answered {response.status_code}") from error
        raise
    return response.text


def may_help(error: Exception) -> bool:
    """Whether another attempt may help: the server was busy, or was not reached."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 500, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


download = Flow(
    "download",
    str,
    max_attempts=4,
    base_delay=[1, 10, 60],
    jitter=0.2,
    retry_on=may_help,
    timeout=timedelta(seconds=30),
    rate_limit=RateLimit(10, per=1),
).step("page", fetch)

if __name__ == "__main__":
    outputs = download.run_sync("https://example.org", timeout=timedelta(minutes=5))
    sys.stdout.write(outputs["page"])
