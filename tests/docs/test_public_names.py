"""The reference lists what users may import, and nothing else is public."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import typedflow

ROOT = Path(__file__).parents[2]
LISTED, _, _ = (ROOT / "docs/reference.md").read_text("utf-8").partition("## Flows")
PUBLIC = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "typedflow").rglob("*.py")
    if not re.search(r"/_(?!_init__)", path.relative_to(ROOT).as_posix())
)
SECTIONS = {
    module: re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)
    for module, rows in re.findall(r"^### From `([\w.]+)`\n(.*?)(?=^##|\Z)", LISTED, re.MULTILINE | re.DOTALL)
}
# The page says that it is there for the plugin.
FOR_THE_PLUGIN = {"NoSteps"}


def defined(module: str) -> set[str]:
    """The public classes and functions of a module."""
    members = vars(import_module(module)).items()
    kinds = (type, type(defined))
    return {
        name
        for name, value in members
        if isinstance(value, kinds) and inspect.getmodule(value) is import_module(module) and name[0] != "_"
    }


@pytest.mark.parametrize("module", SECTIONS)
def test_a_module_that_users_import_has_exactly_the_names_on_the_page(module: str) -> None:
    names = getattr(import_module(module), "__all__", None) or defined(module)

    assert sorted(SECTIONS[module]) == sorted(names)


@pytest.mark.parametrize("module", PUBLIC)
def test_a_module_without_an_underscore_is_on_the_page_or_defines_what_typedflow_exports(module: str) -> None:
    on_the_page = {*typedflow.__all__, *SECTIONS.get(module, ())}

    assert defined(module) - on_the_page - FOR_THE_PLUGIN == set()


def test_the_modules_and_their_names_are_found() -> None:
    assert {"typedflow", "typedflow.flow", "typedflow.exceptions.run", "typedflow.testing"} <= set(PUBLIC)
    assert not any("._" in module for module in PUBLIC)
    assert defined("typedflow.flow") == {"Flow", "NoSteps"}
    assert all(f"`{name}`" in LISTED for name in FOR_THE_PLUGIN)
