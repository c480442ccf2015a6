"""The page about Postgres shows what its commands print."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from tests.checks.pgflow.working import start
from typedflow import Flow
from typedflow._cli.command import typedflow
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._compiled import (
    LONGEST_DELAY,
    LONGEST_SLUG,
    MOST_CLAIMS,
    MOST_WAVES,
    SPARE_ATTEMPTS,
)
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._known import PACKAGE
from typedflow.engines.pgflow._sources import migrations_in

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "postgres.md").read_text("utf-8")
DEPLOY = PAGE.partition("\n## Deploy a flow\n")[2].partition("\n## ")[0]
INSTALL = PAGE.partition("\n## Install\n")[2].partition("\n## ")[0]
ADDRESS = "postgresql://ada@db.example.org/shop"


def printed(arguments: list[str]) -> str:
    return CliRunner().invoke(typedflow, arguments).output


def test_the_commands_that_install_print_what_is_shown(database: str) -> None:
    with Database(database) as opened:
        name = opened.name
    shown = "".join(re.findall(r"^```console\n(.*?)^```", INSTALL, re.DOTALL | re.MULTILINE))
    real = ""
    for command in re.findall(r"^\$ typedflow (.*)$", shown, re.MULTILINE):
        output = printed([database if part == ADDRESS else part for part in shlex.split(command)])
        real += f"$ typedflow {command}\n{output.replace(name, ADDRESS)}"
    assert re.sub(r"Postgres [\d.]+", "Postgres", real) == re.sub(r"Postgres [\d.]+", "Postgres", shown)


def test_a_version_that_was_not_tested_gets_the_message_that_is_shown(
    database: str, pgflow_tarball: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("migrations").mkdir()
    for migration in migrations_in(pgflow_tarball):
        Path("migrations", f"{migration.name}.sql").write_text(migration.sql)
    Path("migrations", "20270101000000_pgflow_new.sql").touch()
    (shown,) = re.findall(r"^```text\n(.*?)^```", INSTALL, re.DOTALL | re.MULTILINE)
    error = printed(["engine", "install", database, "--from", "migrations"])
    # The page's folder is that of pgflow's repository, which has eight migrations more.
    assert (
        error.partition(": ")[2].partition(": ")[2].replace("13 migrations", "21 migrations")
        == " ".join(shown.split("\n")).strip() + "\n"
    )


def test_it_names_the_package_that_npm_brings() -> None:
    assert f"`npm pack {PACKAGE}`" in INSTALL


FLOW = """
from typedflow import Flow

def step(_: object) -> int:
    return 1

order = Flow("order", str).step("find", step).step("pack", step, depends_on=["find"])
"""
CHANGED = """
order = Flow("order", str).step("find", step).step("pay", step).step("pack", step, depends_on=["find", "pay"])
"""


def test_deploying_prints_what_is_shown(engine_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TYPEDFLOW_ENGINE", engine_database)
    Path("shop.py").write_text(FLOW)
    blocks = re.findall(r"^```console\n(.*?)^```", DEPLOY, re.DOTALL | re.MULTILINE)
    with Database(engine_database) as opened:
        name = opened.name
    for index, block in enumerate(blocks):
        if index == 1:
            Path("shop.py").write_text(FLOW + CHANGED)
            monkeypatch.delitem(sys.modules, "shop", raising=False)
            runs = [start(engine_database, Flow("order", str), '"pear"') for _ in range(2)]
            with PgflowEngine(engine_database) as engine:
                engine.cancel(str(runs[0]))
        commands = re.findall(r"^\$ typedflow (.*)$", block, re.MULTILINE)
        real = "".join(f"$ typedflow {each}\n{printed(shlex.split(each)).replace(name, ADDRESS)}" for each in commands)
        assert real == block


def test_the_longest_slug_and_the_most_attempts_are_those_of_the_page() -> None:
    assert f"more than {LONGEST_SLUG} characters" in PAGE
    assert f"`max_attempts` over {MOST_CLAIMS - SPARE_ATTEMPTS}" in PAGE
    assert f"more than {MOST_WAVES} maps" in PAGE
    assert f"over {LONGEST_DELAY:,} s refused" in PAGE
