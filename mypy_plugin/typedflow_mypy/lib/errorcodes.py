"""The error codes of the plugin, as users disable or ignore them."""

from typing import Final

from mypy.errorcodes import ErrorCode

CATEGORY: Final = "typedflow"

INVALID_SLUG: Final = ErrorCode("typedflow-slug", "An invalid slug", CATEGORY)
DUPLICATE_STEP: Final = ErrorCode("typedflow-duplicate-step", "A slug used twice in a flow", CATEGORY)
UNKNOWN_DEPENDENCY: Final = ErrorCode(
    "typedflow-unknown-dependency", "A dependency on a step that is not defined before", CATEGORY
)
DUPLICATE_DEPENDENCY: Final = ErrorCode(
    "typedflow-duplicate-dependency", "A dependency that is declared twice", CATEGORY
)
NOT_LITERAL: Final = ErrorCode("typedflow-not-literal", "A slug that cannot be read from the source", CATEGORY)
HANDLER: Final = ErrorCode("typedflow-handler", "A handler that does not accept its step's input", CATEGORY)
UNDECLARED_INPUT: Final = ErrorCode(
    "typedflow-undeclared-input", "A handler reads a step that its own step does not depend on", CATEGORY
)
ANY_OUTPUT: Final = ErrorCode("typedflow-any-output", "An output whose type is not known, under --strict", CATEGORY)
NOT_STORABLE: Final = ErrorCode(
    "typedflow-not-storable", "An output, or a flow input, that cannot be stored where the flow meets a store", CATEGORY
)
UNUSABLE: Final = ErrorCode("typedflow-unusable", "An output, or a flow input, that no step can use", CATEGORY)
SELF_DEPENDENCY: Final = ErrorCode("typedflow-self-dependency", "A step that depends on itself", CATEGORY)
FORWARD_REFERENCE: Final = ErrorCode(
    "typedflow-forward-reference", "A dependency on a step that is defined later", CATEGORY
)
SEALED: Final = ErrorCode("typedflow-sealed", "A flow sealed with a TypedDict that is not its outputs", CATEGORY)
UNKNOWN_STEP: Final = ErrorCode("typedflow-unknown-step", "A read of a step that the flow does not have", CATEGORY)
NOT_A_LIST: Final = ErrorCode("typedflow-not-a-list", "A map step over something that is not a list", CATEGORY)
OPTION: Final = ErrorCode("typedflow-option", "An option with an invalid value", CATEGORY)
CONDITION: Final = ErrorCode("typedflow-condition", "A condition that can never be met", CATEGORY)
REPLACEMENT: Final = ErrorCode("typedflow-replacement", "A replacement handler that returns another type", CATEGORY)
DELIVERY: Final = ErrorCode(
    "typedflow-delivery", "A delivery to a step that does not wait for one, or of another type", CATEGORY
)
STEP_INPUT: Final = ErrorCode(
    "typedflow-step-input", "A step that a test runs with an input that is not its own", CATEGORY
)
UNUSED_FLOW: Final = ErrorCode("typedflow-unused-flow", "A flow that a call returns and that is not used", CATEGORY)
RESOURCES: Final = ErrorCode(
    "typedflow-resources", "Resources that a run lacks, or that are not those of its flow", CATEGORY
)
PART: Final = ErrorCode("typedflow-part", "A part of a flow without steps, or a flow that cannot be included", CATEGORY)
