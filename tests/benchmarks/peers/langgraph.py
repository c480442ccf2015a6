"""LangGraph: a node for each step, a key of the state for each output, an edge from all dependencies together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """Each node declares the keys that it reads, as reading the whole state would cost the more the larger it is."""
    run_key: dict[str, Any] = {"run": dict}
    state = TypedDict("State", {**run_key, **dict.fromkeys(shape.graph, dict)})  # type: ignore[misc]
    builder = StateGraph(state)

    def node_of(slug: str) -> Any:
        handler = handlers[slug]

        async def node(inputs: dict[str, Any]) -> dict[str, Any]:
            return {slug: await handler(inputs)}

        async def root(_: dict[str, Any]) -> dict[str, Any]:
            return {slug: await handler({})}

        return node if shape.graph[slug] else root

    for slug, dependencies in shape.graph.items():
        keys = dict.fromkeys(dependencies, dict) or run_key
        builder.add_node(slug, node_of(slug), input_schema=TypedDict(f"Input_{slug}", keys))  # type: ignore[operator]
        builder.add_edge((list(dependencies) if len(dependencies) > 1 else dependencies[0]) if dependencies else START, slug)
    depended_on = {dependency for dependencies in shape.graph.values() for dependency in dependencies}
    for slug in shape.graph.keys() - depended_on:
        builder.add_edge(slug, END)
    graph = builder.compile()
    # What it counts are levels, which a chain of 100 has more of than a chat.
    config = {"recursion_limit": len(shape.graph) + 1}

    async def run() -> Any:
        return await graph.ainvoke({"run": {}}, config)

    return run


if __name__ == "__main__":
    Peer("LangGraph", "langgraph", engine).main()
