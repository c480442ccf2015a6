"""The engine for many machines: pgflow's SQL functions in a Postgres database, and workers in Python.

It needs ``pip install "typedflow[pgflow]"``.
"""

from typedflow.engines.pgflow._deploy import Deployment
from typedflow.engines.pgflow._engine import PgflowEngine
from typedflow.engines.pgflow._handle import PgflowRun
from typedflow.engines.pgflow._worker import PgflowWorker

__all__ = ["Deployment", "PgflowEngine", "PgflowRun", "PgflowWorker"]
