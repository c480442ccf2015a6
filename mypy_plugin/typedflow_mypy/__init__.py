"""The mypy plugin of typedflow."""

from typing import Any

from mypy.plugin import Plugin

__version__ = "0"


def plugin(version: str) -> type[Plugin]:
    return Plugin
