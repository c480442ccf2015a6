"""The page about stores: its programs print what it shows, and its tables are those of the file."""

from __future__ import annotations

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "stores.md").read_text("utf-8")


class Fernet:
    """In place of the one of cryptography, which typedflow does not need."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def encrypt(self, data: bytes) -> bytes:
        return self.key + data[::-1]

    def decrypt(self, data: bytes) -> bytes:
        return data.removeprefix(self.key)[::-1]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_programs_of_the_page_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cryptography = ModuleType("cryptography.fernet")
    cryptography.__dict__["Fernet"] = Fernet
    monkeypatch.setitem(sys.modules, "cryptography.fernet", cryptography)
    program: dict[str, object] = {"__name__": "program", "key": b"key"}

    for block in blocks("python"):
        exec(block, program)  # noqa: S102  what the page shows

    assert capsys.readouterr().out == "".join(blocks("text"))
    store = program["store"]
    assert isinstance(store, SqliteStore)
    store.close()


def test_the_page_describes_the_tables_of_the_file(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "runs.db").close()
    (rows,) = re.findall(r"^\| table \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    described = {
        cells[1].strip(" `"): re.findall(r"`(\w+)`", cells[3])
        for cells in (row.split("|") for row in rows.splitlines())
    }

    with closing(sqlite3.connect(tmp_path / "runs.db")) as db:
        names = db.execute("select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite%'")
        found = {name: {row[1] for row in db.execute(f"pragma table_info({name})")} for (name,) in names}

    assert sorted(described) == sorted(found)
    for table, columns in described.items():
        assert {column for column in columns if column not in {"run", "status"}} <= found[table], table
