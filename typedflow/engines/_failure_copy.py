"""Lets several callers raise the failure of one run."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

from typedflow.exceptions import TypedflowError

Failure = TypeVar("Failure", bound=TypedflowError)


def copy_to_raise(failure: Failure) -> Failure:
    """Return a copy, for one caller: an exception holds the frames of every caller in which it was raised."""
    copied = copy(failure)
    copied.__cause__ = failure.__cause__
    vars(copied).update(vars(failure))
    return copied
