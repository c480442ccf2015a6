"""Who runs a flow: one package per engine, and what every engine needs."""
