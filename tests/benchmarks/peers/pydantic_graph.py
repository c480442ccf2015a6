"""pydantic-graph: its graph builder, with a step for each step and a join where one has several dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_graph import GraphBuilder, StepContext, reduce_list_append

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """Steps with the same dependencies share a join, and the steps that nothing depends on join at the end."""
    builder = GraphBuilder(output_type=object, auto_instrument=False)
    graph = shape.graph

    def step_of(slug: str) -> Any:
        handler = handlers[slug]

        async def root(_: StepContext[None, None, None]) -> object:
            return await handler(())

        async def after_one(context: StepContext[None, None, Any]) -> object:
            return await handler((context.inputs,))

        async def after_several(context: StepContext[None, None, Any]) -> object:
            return await handler(context.inputs)

        call = {0: root, 1: after_one}.get(len(graph[slug]), after_several)
        return builder.step(call, node_id=slug)

    steps = {slug: step_of(slug) for slug in graph}
    depended_on = {dependency for dependencies in graph.values() for dependency in dependencies}
    leaves = tuple(slug for slug in graph if slug not in depended_on)
    joins: dict[tuple[str, ...], Any] = {}
    followers: dict[Any, list[Any]] = {}

    def follow(dependencies: tuple[str, ...], follower: Any) -> None:
        if len(dependencies) < 2:
            source = steps[dependencies[0]] if dependencies else builder.start_node
        elif dependencies in joins:
            source = joins[dependencies]
        else:
            source = joins[dependencies] = builder.join(
                reduce_list_append, initial_factory=list, node_id="_".join(("join", str(len(joins))))
            )
            for dependency in dependencies:
                followers.setdefault(id(steps[dependency]), [steps[dependency]]).append(source)
        followers.setdefault(id(source), [source]).append(follower)

    for slug, dependencies in graph.items():
        follow(dependencies, steps[slug])
    follow(leaves, builder.end_node)
    for source, *targets in followers.values():
        builder.add(builder.edge_from(source).to(*targets))
    built = builder.build()

    async def run() -> Any:
        return await built.run()

    return run


if __name__ == "__main__":
    Peer("pydantic-graph", "pydantic-graph", engine).main()
