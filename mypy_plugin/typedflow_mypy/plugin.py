"""What mypy asks for, and whether it is a mypy that the plugin knows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from mypy.plugin import Plugin

_OLDEST: Final = (1, 15)
_NEWEST: Final = (2, 4)


def plugin(version: str) -> type[Plugin]:
    """Return the plugin's class.

    Raises:
        SystemExit: This mypy is not supported; one sentence on the standard error says so.
    """
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        _refuse(version)
    try:
        from typedflow_mypy.hooks import TypedflowPlugin  # noqa: PLC0415  another mypy may not have what this imports
    except ImportError:
        _refuse(version)
    return TypedflowPlugin


def _refuse(version: str) -> NoReturn:
    oldest, newest = (".".join(map(str, supported)) for supported in (_OLDEST, _NEWEST))
    sys.stderr.write(
        f"typedflow's mypy plugin works with mypy {oldest} to {newest}, and this is mypy {version}; "
        f"install one of these\n"
    )
    raise SystemExit(2)
