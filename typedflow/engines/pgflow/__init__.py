"""The engine for many machines: pgflow's SQL functions in a Postgres database, and workers in Python.

It needs ``pip install "typedflow[pgflow]"``.
"""

from typing import TYPE_CHECKING

from typedflow.engines.pgflow._deploy import Deployment
from typedflow.engines.pgflow._engine import PgflowEngine
from typedflow.engines.pgflow._handle import PgflowRun
from typedflow.engines.pgflow._worker import PgflowWorker

if TYPE_CHECKING:  # for checkers without the mypy plugin, as `Flow` in typedflow/__init__.py
    from typedflow._inference.pgflow import PgflowEngine, PgflowRun  # noqa: TC004  never imported by a program

__all__ = ["Deployment", "PgflowEngine", "PgflowRun", "PgflowWorker"]
