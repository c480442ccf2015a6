"""What `import typedflow` imports, and what it offers."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest
import typedflow_mypy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import typedflow


def imported(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter imports for a statement."""
    command = [sys.executable, "-P", "-X", "importtime", "-c", statement]
    said = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr  # noqa: S603  this Python
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines()}


def requirements(distribution: str) -> set[str]:
    """The distributions that one without its extras needs, directly and indirectly."""
    found: set[str] = set()
    for line in metadata.requires(distribution) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found |= {canonicalize_name(requirement.name)} | requirements(requirement.name)
    return found


def test_the_import_pulls_in_nothing_but_the_core_requirements() -> None:
    # What an environment itself imports at every start, setuptools' hook for one, is not ours.
    found = imported("from typedflow import Flow") - imported("pass")
    core = {"typedflow"} | requirements("typedflow")
    # The account lists attempts too, and the standard library: what counts is what some distribution installed.
    needless = {
        module: names
        for module, names in metadata.packages_distributions().items()
        if module in found - sys.stdlib_module_names and not core & {canonicalize_name(name) for name in names}
    }

    assert {"typedflow", "trio", "pydantic", "typing_extensions"} <= found
    assert needless == {}
    assert not found & {"typedflow_mypy", "mypy", "click", "rich", "httpx"}


def test_a_name_is_imported_when_it_is_asked_for() -> None:
    found = imported("import typedflow; typedflow.__version__") - imported("pass")

    assert not {"trio", "pydantic"} & found


def test_the_plugin_has_the_name_of_the_package_too() -> None:
    assert typedflow.plugin is typedflow_mypy.plugin  # type: ignore[attr-defined]  # mypy alone asks for it
    assert "plugin" not in dir(typedflow)
    assert not {"mypy", "trio"} & imported("import typedflow; typedflow.plugin")


@pytest.mark.parametrize("name", typedflow.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert name in dir(typedflow)
    assert getattr(typedflow, name) is not None


def test_a_name_that_is_not_exported_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'typedflow' has no attribute 'Folw'"):
        typedflow.Folw  # type: ignore[attr-defined]  # noqa: B018
