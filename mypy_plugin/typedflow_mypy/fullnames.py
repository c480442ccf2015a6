"""Where the names that the plugin knows are defined."""

from typing import Final

FLOW: Final = "typedflow.flow.Flow"
FLOW_LEAF_OUTPUTS: Final = f"{FLOW}.leaf_outputs"
FLOW_RUN: Final = f"{FLOW}.run"
FLOW_RUN_SYNC: Final = f"{FLOW}.run_sync"
FLOW_SEALED: Final = f"{FLOW}.sealed"
FLOW_STEP: Final = f"{FLOW}.step"
ITEMGETTER: Final = "operator.itemgetter"
LRU_CACHE: Final = "functools._lru_cache_wrapper"
UNREAD_STEPS: Final = "typedflow.flow.UnreadSteps"
STEP_INPUT: Final = "typedflow.step_input.StepInput"
STEP_CONTEXT: Final = "typedflow.context.StepContext"
TRIO_RUN: Final = "trio._core._run.run"
TRIO_START_SOON: Final = "trio._core._run.Nursery.start_soon"
TRIO_FROM_THREAD_RUN: Final = "trio._threads.from_thread_run"
TYPED_DICT_GET: Final = "typing.Mapping.get"
