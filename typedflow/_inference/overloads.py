"""The types that the methods of `Flow` have in the stub: for each, those of its overloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from typedflow._inference.classes import DEPTH, FROM_SOURCE, REQUIRED, SOURCES, UNKNOWN_OR_SEALED, link

Types = Mapping[str, str]

FLOW_TYPE: Final = "Flow[Input, {}, Slugs_contra, Cascaded_co, Needs_co]"
GIVEN_RESOURCES: Final = "Needs_co | AbstractAsyncContextManager[Needs_co] | AbstractContextManager[Needs_co]"
# The order, and which part is Any, were found by trial. pyright, ty and pyrefly each infer a lambda's parameter from
# another part of the union. They infer less about its result from any other order that was tried.
STEP_HANDLER: Final = (
    "Callable[[Inputs[Input, Steps_co]], {output}] | TakingContext[Inputs[Input, Steps_co], Input, Needs_co, {output}]"
    " | Taking[{given}, {output}] | TakingContext[Any, Input, Needs_co, {output}]"
)
MAP_HANDLER: Final = "Callable[[{item}], {output}] | TakingContext[{item}, Input, Needs_co, {output}]"
LONGEST: Final = [f"Slug{link}, Output{link}, Skipped{link}" for link in range(DEPTH)]


class Skipping(NamedTuple):
    """The skip options of a call, and what follows from them.

    Attributes:
        options: The types of the options, with their defaults.
        skipped: What the output may be instead.
        cascaded: What the outputs of later steps may be instead.
    """

    options: Mapping[str, str]
    skipped: str
    cascaded: str


CONDITION: Final = (
    "Callable[[Inputs[Input, Steps_co]], bool | Scalar] | Taking[Any, bool | Scalar] | Mapping[str, object]"
    " | Sequence[object] | float | Unset | None = ..."
)
GIVEN: Final = {"if_": CONDITION, "if_not": CONDITION}
# They must be named, because ty matches any unnamed keyword with the other options.
NOT_GIVEN: Final = {"if_": "Unset = ...", "if_not": "Unset = ..."}
FAIL: Final = "Literal['fail'] | None = None"
SKIP: Final = "Literal['fail', 'skip'] | None = None"
ANY: Final = "FailOrSkip | None = None"
# Checkers use the first of these that matches a call.
ALWAYS: Final = Skipping(
    {**NOT_GIVEN, "when_unmet": "None = None", "when_exhausted": FAIL}, "Cascaded_co", "Cascaded_co"
)
OR_FAIL: Final = Skipping(
    {**GIVEN, "when_unmet": "Literal['fail']", "when_exhausted": FAIL}, "Cascaded_co", "Cascaded_co"
)
OR_SKIP: Final = Skipping({**GIVEN, "when_unmet": SKIP, "when_exhausted": SKIP}, "Cascaded_co | None", "Cascaded_co")
OR_CASCADE: Final = Skipping({**GIVEN, "when_unmet": ANY, "when_exhausted": ANY}, "Any", "Any")
SKIPPING: Final = (ALWAYS, OR_FAIL, OR_SKIP, OR_CASCADE)
# An item of a map step may be None instead. The output is left open if the step has a condition as well, or if what it
# maps over is unknown: each overload costs time in every call.
OR_NONE: Final = Skipping(
    {**NOT_GIVEN, "when_unmet": "None = None", "when_exhausted": "Literal['none']"}, "Cascaded_co", "Cascaded_co"
)
OR_NONE_OR_ANY: Final = Skipping({**GIVEN, "when_unmet": ANY, "when_exhausted": "Literal['none']"}, "Any", "Any")
# The parameters that decide whether a map step's handler takes a step input. Both must be named, because ty matches any
# unnamed keyword with the other options.
WITH_ITEM: Final = {"over": "Key", "depends_on": f"Sequence[Slugs_contra] = {REQUIRED}"}
WITHOUT_ITEM: Final = {"depends_on": "None = None"}


def chain(links: list[str], before: str = "Any") -> str:
    """Return a chain of links, the newest first, and what is before them."""
    return f"Unsealed[{chain(links[1:], before)}, {links[0]}]" if links else before


def empty_flows() -> Iterator[Types]:
    """Give the types of `Flow(...)`: for an input type and resources that are classes, and for any others."""
    for needs, declared in (("None", "None"), ("Given", f"type[Given] = {REQUIRED}"), ("Any", f"object = {REQUIRED}")):
        for input_, kind in (("Input", "type[Input]"), ("Any", "object")):
            own = f"Flow[{input_}, NoSteps, Literal['run'], Never, {needs}]"
            yield {"self": own, "input_type": kind, "resources": declared}


def steps() -> Iterator[Types]:
    """Give the types of `Flow.step`."""
    for skipping in SKIPPING:
        types = added_step("{}", "Output", skipping)
        types["handler"] = STEP_HANDLER.format(given="Given", output="Output")
        if skipping is OR_CASCADE:  # options that are unpacked may hold what only a map step can do
            types["when_exhausted"] = "WhenExhausted | None = None"
        types["depends_on"] = "Sequence[Slugs_contra]"
        result = types["return"]
        # Bounds the length of a chain that grows in a loop, which ty would extend without end.
        if skipping is ALWAYS:
            yield {
                **types,
                "self": FLOW_TYPE.format(chain(LONGEST)),
                "return": result.format(chain(LONGEST[:-1])),
            }
        yield {**types, "return": result.format("Steps_co")}


def maps() -> Iterator[Types]:
    """Give the types of `Flow.map`: over each link, over the flow input, and over an unknown step."""
    for skipping in SKIPPING:
        types = added_step("Steps_co", "Mapped[Output]", skipping)
        yield from maps_with(types, "Output", is_unknown_too=skipping is ALWAYS or skipping is OR_CASCADE)
    for returned in ("Awaitable[Output]", "Output"):
        types = added_step("Steps_co", "Mapped[Output | None]", OR_NONE)
        yield from maps_with(types, returned, is_unknown_too=False)
    types = added_step("Steps_co", "Any", OR_NONE_OR_ANY)
    yield {
        **types,
        **WITH_ITEM,
        "handler": MAP_HANDLER.format(item=FROM_SOURCE.format("Input", "Steps_co", "Key"), output="Any"),
    }
    for unknown in UNKNOWN_OR_SEALED:
        yield {
            **types,
            **WITHOUT_ITEM,
            "self": FLOW_TYPE.format(unknown),
            "over": "str",
            "handler": MAP_HANDLER.format(item="Any", output="Any"),
        }


def maps_with(types: Types, returned: str, *, is_unknown_too: bool) -> Iterator[Types]:
    """Give the types of `Flow.map` for some skip options, with dependencies and without."""
    inputs = FROM_SOURCE.format("Input", "Steps_co", "Key")
    handler = f"{MAP_HANDLER.format(item=inputs, output=returned)} | Taking[Any, {returned}]"
    yield {**types, **WITH_ITEM, "handler": handler}
    own = [
        (FLOW_TYPE.format(link(distance, "Key", source)), "Key", "Item")
        for distance in range(DEPTH)
        for source in SOURCES
    ]
    own += [(FLOW_TYPE.replace("Input", "Listed[Item]").format("Steps_co"), "Literal['run']", "Item")]
    if is_unknown_too:
        own += [(FLOW_TYPE.format(unknown), "str", "Any") for unknown in UNKNOWN_OR_SEALED]
    for flow_type, over, item in own:
        handler = MAP_HANDLER.format(item=item, output=returned)
        yield {**types, **WITHOUT_ITEM, "self": flow_type, "over": over, "handler": handler}


def added_step(before: str, output: str, skipping: Skipping) -> dict[str, str]:
    """Return the types that `Flow.step` and `Flow.map` have in common."""
    return {
        "slug": "NewSlug",
        **skipping.options,
        "options": "Unpack[PlainStepOptions]",
        "return": f"Flow[Input, Unsealed[{before}, NewSlug, {output}, {skipping.skipped}],"
        f" Slugs_contra | NewSlug, {skipping.cascaded}, Needs_co]",
    }


def waits() -> Iterator[Types]:
    """Give the types of `Flow.wait`: for an output type that is a class, and for any other."""
    for output_type, output in (("type[Output]", "Output"), ("object", "Any")):
        for skipping in SKIPPING:
            types = added_step("{}", output, skipping)
            types |= {"output_type": output_type, "depends_on": "Sequence[Slugs_contra]"}
            types["options"] = "Unpack[PlainWaitOptions]"
            result = types["return"]
            if skipping is ALWAYS:  # as in `steps`
                longest = {"self": FLOW_TYPE.format(chain(LONGEST)), "return": result.format(chain(LONGEST[:-1]))}
                yield types | longest
            yield types | {"return": result.format("Steps_co")}


def deliveries() -> Iterator[Types]:
    """Give the type of `Flow.deliver`. What the step waits for cannot be inferred: a checker would widen it."""
    yield {"slug": "Slugs_contra"}


def replacements() -> Iterator[Types]:
    """Give the types of `Flow.replace`: for a map step, for any other step, and for an unknown one."""
    anything = MAP_HANDLER.format(item="Any", output="object")
    inputs = STEP_HANDLER.format(given="Any", output="object")
    own = [(link(distance, "Key", "Mapped[Any]"), "Key", anything) for distance in range(DEPTH)]
    own += [(link(distance, "Key", "Any"), "Key", inputs) for distance in range(DEPTH)]
    own += [(unknown, "str", anything) for unknown in UNKNOWN_OR_SEALED]
    for chain_, slug, handler in own:
        types = {"self": FLOW_TYPE.format(chain_), "slug": slug, "handler": handler}
        yield {**types, "return": FLOW_TYPE.format("Steps_co")}


def seals() -> Iterator[Types]:
    """Give the type of `Flow.sealed`."""
    yield {"return": FLOW_TYPE.format("Sealed")}


def parts() -> Iterator[Types]:
    """Give the type of `Flow.up_to`: which steps are left out, the chain does not say."""
    yield {"slugs": "Slugs_contra", "return": FLOW_TYPE.format("Steps_co")}


def inclusions() -> Iterator[Types]:
    """Give the types of `Flow.include`: for each length of the other flow's chain, and for an unknown one."""
    others = [f"Slug{link}, Output{link}, Skipped{link}" for link in range(DEPTH)]
    for length in range(DEPTH + 1):
        steps = chain(others[:length], "NoSteps")
        yield {
            "other": f"Flow[Any, {steps}, OtherSlugs, OtherCascaded, Any]",
            "return": f"Flow[Input, {chain(others[:length], 'Steps_co')}, Slugs_contra | OtherSlugs,"
            " Cascaded_co | OtherCascaded]",
        }
    yield {"other": "Flow[Any, Any, Any, Any, Any]", "return": "Flow[Input, Any, Any, Any]"}


def runs(options_of: str = "PlainRunOptions", **others: str) -> Iterator[Types]:
    """Give the types of `Flow.run` and the like: for a flow that declares no resources, and for any other."""
    options = {"options": f"Unpack[{options_of}]", **others}
    yield {"self": FLOW_TYPE.format("Steps_co").replace("Needs_co", "None"), "resources": "None = None", **options}
    given = GIVEN_RESOURCES
    yield {"resources": f"{given} | Callable[[], {given} | Awaitable[{given}]]", **options}


def resumes() -> Iterator[Types]:
    """Give the types of `Flow.resume` and the like."""
    return runs("PlainResumeOptions")


def retries() -> Iterator[Types]:
    """Give the types of `Flow.retry` and the like."""
    return runs("PlainResumeOptions", from_steps="Sequence[Slugs_contra] = ()")


def failures() -> Iterator[Types]:
    """Give the type of `Flow.completed_outputs`."""
    yield {"return": "Completed[Steps_co]"}


OVERLOADS: Final = {
    "__init__": empty_flows,
    "completed_outputs": failures,
    "step": steps,
    "map": maps,
    "wait": waits,
    "deliver": deliveries,
    "replace": replacements,
    "sealed": seals,
    "up_to": parts,
    "include": inclusions,
    "run": runs,
    "run_sync": runs,
    "start": runs,
    "resume": resumes,
    "resume_sync": resumes,
    "retry": retries,
    "retry_sync": retries,
}
