"""``typedflow engine``, as far as it needs no database."""

from __future__ import annotations

import subprocess
import sys

import click.testing
import pytest

from typedflow._cli.command import typedflow


def test_it_needs_an_address() -> None:
    result = click.testing.CliRunner().invoke(typedflow, ["engine", "install"], env={"TYPEDFLOW_ENGINE": None})
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: Missing argument 'URL'.")


@pytest.mark.parametrize("missing", ["psycopg", "psycopg_pool"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from typedflow._cli import main; main()"
    command = [sys.executable, "-c", program, "engine", "status", "postgresql://db/shop"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  its own program
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f'Error: This command needs {missing}. Install it with pip install "typedflow[pgflow]".\n',
    )
