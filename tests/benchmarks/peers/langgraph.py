"""LangGraph: a node for each step, all outputs in one key of the state, an edge from all dependencies together."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


class State(TypedDict):
    # A key for each output costs more, and eight times as much where there are 10,000.
    outputs: Annotated[dict[str, Any], operator.or_]


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """Each node reads the outputs of its dependencies and adds its own."""
    builder = StateGraph(State)

    def node_of(slug: str) -> Any:
        handler, dependencies = handlers[slug], shape.graph[slug]

        async def node(state: State) -> State:
            outputs = state["outputs"]
            return {"outputs": {slug: await handler({dependency: outputs[dependency] for dependency in dependencies})}}

        return node

    for slug, dependencies in shape.graph.items():
        builder.add_node(slug, node_of(slug))
        if len(dependencies) > 1:
            builder.add_edge(list(dependencies), slug)
        else:
            builder.add_edge(dependencies[0] if dependencies else START, slug)
    depended_on = {dependency for dependencies in shape.graph.values() for dependency in dependencies}
    for slug in shape.graph.keys() - depended_on:
        builder.add_edge(slug, END)
    graph = builder.compile()
    # What it limits are levels, of which a chain of 100 has more than a chat.
    config = {"recursion_limit": len(shape.graph) + 1}

    async def run() -> Any:
        return await graph.ainvoke({"outputs": {}}, config)

    return run


if __name__ == "__main__":
    Peer("LangGraph", "langgraph", engine).main()
