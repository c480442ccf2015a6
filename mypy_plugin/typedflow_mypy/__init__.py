"""The mypy plugin of typedflow.

`plugin` is what mypy asks for; one module per feature stands behind it:

    plugin          what mypy asks for, and which versions of mypy are known
    hooks           which hook answers for which name
    flow_call       a call of `Flow`: its slug, and its input type
    type_expression an input type that is no class
    step            a call of `Flow.step` or `Flow.map`: from what is declared to the new flow's type
    call            the literal parts of such a call
    items           what a map step hands to its handler
    modes           when the step of a call is skipped, by its options
    options         whether the options of a step, or of a flow, make sense
    constants       values that can be read from the source
    condition       whether a step's condition can match what it tests
    containment     the rules by which it does
    pattern         the pattern of a condition, part by part
    json_shape      what the values of a type look like in JSON
    graph           whether its slug and its dependencies are right
    repetition      whether it is added again, by a loop or after a condition
    handler         which form its handler has, and where the handler's body is
    origin          where a callable was defined that is not named
    acceptance      whether the handler accepts the step input
    annotation      what is annotated `StepInput`
    body            a function's body checked with the inferred step input
    passed_on       a step input that a handler passes on
    output          the type of a step's output
    display         dict and list displays, typed part by part
    storable        whether an output can be stored
    leaves          which steps are leaves, and their outputs
    skips           which steps may be skipped, and where None then stands
    assignments     what is assigned where
    reassignment    a variable that a flow is assigned to again
    noted_steps     what each step depends on
    replace_call    a handler in place of that of a step
    run_step_call   a step that a test runs by itself
    run_call        what is read of a run's outputs
    sealed_call     a flow's outputs compared with a named TypedDict
    trio_call       a flow's `run` handed to trio
    get_call        a key that is read by `get`
    reads           keys that are read and not there, told in words of the flow
    skipped_reads   the None of a step that may be skipped, used as its output
    flow_type       a flow's type taken apart
    notes           what a flow's type says besides
    typed_dict      the anonymous TypedDicts of inputs and outputs
    dependencies    what the daemon must check again after an edit elsewhere
    diagnostics     errors that are reported, or taken back
    run             a run of mypy with the plugin, for the command line
    recording       the steps that such a run has checked
    named_types     the module that is written of them
    type_source     a type as that module writes it
    fullnames, errorcodes
"""

from hashlib import sha256
from pathlib import Path

from typedflow_mypy.plugin import plugin

__all__ = ["__version__", "plugin"]

# mypy throws its cache away when this changes; it looks only at the file that the user's configuration names.
__version__ = sha256(b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.rglob("*.py")))).hexdigest()
