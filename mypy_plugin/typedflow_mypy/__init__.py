"""The mypy plugin of typedflow.

`plugin` is what mypy asks for, and ``hooks`` says which hook answers for which name. Behind it, each room may import
from those below it:

    stubs       what the commands ``typedflow stubs`` and ``typedflow check`` need of mypy
    calls       one module for each call that users write: `Flow`, ``step``, ``run`` and so on
    rules       what is refused: wrong wiring, options that make no sense, conditions that match nothing
    handlers    whether a handler accepts its step's input, and what its body reads
    outputs     what a step returns, and whether it can be stored
    source      what the source text says: handlers, assignments, constants
    state       what is remembered between two calls of the hooks
    model       what is known of a flow: its type, a call that adds a step, what a step receives
    lib         what every rule needs: names, error codes, reports and anonymous TypedDicts
"""

from typedflow_mypy.plugin import plugin
from typedflow_mypy.version import __version__

__all__ = ["__version__", "plugin"]
