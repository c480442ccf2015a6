"""Hamilton: a function for each step, whose parameters are named after its dependencies, run by its async driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hamilton import ad_hoc_utils, async_driver, base

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """A module as one writes it for Hamilton; its driver is told to return all outputs in a dict."""
    lines = []
    for slug, dependencies in shape.graph.items():
        parameters = ", ".join(f"{dependency}: dict" for dependency in dependencies)
        lines += [
            f"async def {slug}({parameters}) -> dict:",
            f"    return await handlers['{slug}'](({' '.join(f'{dependency},' for dependency in dependencies)}))",
        ]
    functions: dict[str, Any] = {"handlers": handlers}
    exec("\n".join(lines), functions)  # noqa: S102  written above
    module = ad_hoc_utils.create_temporary_module(*(functions[slug] for slug in shape.graph))
    # Not its Builder, which is a coroutine and does the same.
    driver = async_driver.AsyncDriver({}, module, result_builder=base.DictResult())
    steps = list(shape.graph)

    async def run() -> Any:
        return await driver.execute(steps)

    return run


if __name__ == "__main__":
    Peer("Hamilton, async", "apache-hamilton", engine).main()
