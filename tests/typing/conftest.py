"""What mypy reports about the corpora."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.typing.corpora import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mypy_runs import Mypy


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory, mypy: Mypy) -> Callable[[str, str], dict[str, str]]:
    """What mypy reports about each program of a corpus under a configuration; it checks a corpus in one run."""

    @cache
    def reports(name: str, configuration: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp(name)
        corpus(name).write(folder)
        return corpus(name).by_program(mypy.check(folder, configuration))

    return reports
