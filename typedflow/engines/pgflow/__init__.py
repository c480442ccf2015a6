"""The engine for many machines: pgflow's SQL functions in a Postgres database, and workers in Python."""
