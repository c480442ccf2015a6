"""Slugs and keys as messages list them, and the names of classes that are made of them."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

_MOST: Final = 10


def quoted(slugs: Iterable[str]) -> str:
    """List slugs, each in double quotes."""
    return ", ".join(f'"{slug}"' for slug in slugs)


def first_ten(slugs: Collection[str]) -> str:
    """List the first ten slugs in double quotes, and say whether there are more."""
    return quoted(islice(slugs, _MOST)) + (", ..." if len(slugs) > _MOST else "")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that another is probably a misspelling of; None if there is none."""
    return next(iter(get_close_matches(word, list(known), n=1)), None)


def pascal(*slugs: str) -> str:
    """Join slugs to the name of a class: ``analyze_website`` is ``AnalyzeWebsite``."""
    return "".join(part[:1].upper() + part[1:] for slug in slugs for part in slug.split("_"))
