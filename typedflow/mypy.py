"""The mypy plugin, under the name that users configure: ``plugins = ["typedflow.mypy"]``."""

from typedflow_mypy import __version__, plugin

__all__ = ["__version__", "plugin"]
