"""The mypy plugin of typedflow.

`plugin` is what mypy asks for; one module per feature stands behind it:

    plugin          which hook answers for which name
    step            a call of `Flow.step`: from what is declared to the new flow's type
    call            the literal parts of such a call
    graph           whether its slug and its dependencies are right
    handler         which form its handler has, and whether that accepts the step input
    body            a function's body checked with the inferred step input
    reads           keys that a body reads and its step does not declare
    trio_call       a flow's `run` handed to trio
    output          the type of a step's output
    typed_dict      the anonymous TypedDicts of inputs and outputs
    diagnostics     errors reported and taken back
    fullnames, errorcodes
"""

from hashlib import sha256
from pathlib import Path

from typedflow_mypy.plugin import plugin

__all__ = ["__version__", "plugin"]

# mypy throws its cache away when this changes; it looks only at the file that is named in the user's configuration.
__version__ = sha256(b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()
