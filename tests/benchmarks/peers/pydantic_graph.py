"""pydantic-graph: its graph builder, with a step for each step and a join where one has several dependencies."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pydantic_graph import GraphBuilder, StepContext, reduce_list_append

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


def call_of(handler: Callable[[Any], Any], dependencies: int) -> Callable[[StepContext[None, None, Any]], Any]:
    """What a step calls: it is given nothing, an output, or the list that a join has made."""

    async def root(_: StepContext[None, None, Any]) -> object:
        return await handler(())

    async def after_one(context: StepContext[None, None, Any]) -> object:
        return await handler((context.inputs,))

    async def after_several(context: StepContext[None, None, Any]) -> object:
        return await handler(context.inputs)

    return {0: root, 1: after_one}.get(dependencies, after_several)


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """Steps with the same dependencies share a join, and the steps that nothing depends on join at the end."""
    builder = GraphBuilder(output_type=object, auto_instrument=False)
    graph = shape.graph
    steps = {slug: builder.step(call_of(handlers[slug], len(graph[slug])), node_id=slug) for slug in graph}
    sources: dict[tuple[str, ...], Any] = {(): builder.start_node, **{(slug,): steps[slug] for slug in graph}}
    targets: defaultdict[tuple[str, ...], list[Any]] = defaultdict(list)
    for slug, dependencies in graph.items():
        targets[dependencies].append(steps[slug])
    depended_on = {dependency for dependencies in graph.values() for dependency in dependencies}
    targets[tuple(slug for slug in graph if slug not in depended_on)].append(builder.end_node)
    for number, dependencies in enumerate([several for several in targets if several not in sources]):
        join = builder.join(reduce_list_append, initial_factory=list, node_id=f"join_{number}")
        sources[dependencies] = join
        for dependency in dependencies:
            targets[(dependency,)].append(join)
    for dependencies, followers in targets.items():
        builder.add(builder.edge_from(sources[dependencies]).to(*followers))
    built = builder.build()

    async def run() -> Any:
        return await built.run()

    return run


if __name__ == "__main__":
    Peer("pydantic-graph", "pydantic-graph", engine).main()
