"""What the plugin remembers between two calls of its hooks.

A hook is called with one expression, and the plugin has to know more: what a function was checked with, what an earlier
step of a chain named. Each such fact has one of three lifetimes:

- `State` is for one `TypeChecker`, that is for one check of one module. Also in the daemon, which makes a new checker
  for each module, or part of one, that it checks again.
- `ModuleErrors` is for one module for as long as its source stays the same: how its errors are to be reported. The
  daemon may check a function again by itself, and must find what the flow in another function has decided for it.
- `Session` is for one run of mypy, or of its daemon. It holds the others, by file, and the plugin holds it, so that
  everything is released with the plugin.

It is not kept in a `WeakKeyDictionary` by checker: the classes of a compiled mypy cannot be referred to weakly.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from mypy.checker import TypeChecker
from mypy.errors import ErrorInfo, ErrorWatcher
from mypy.nodes import CallExpr, Context, Expression, FuncDef, LambdaExpr, Node, Statement, TypeInfo, Var
from mypy.options import Options
from mypy.plugin import Plugin
from mypy.types import Instance, Type

from typedflow_mypy.lib.mypy_private import plugins
from typedflow_mypy.model.analysed_call import AnalysedCall
from typedflow_mypy.model.assignment import AssignmentIndex
from typedflow_mypy.model.explanation import ErrorPredicate, ErrorsByStep, Explanation
from typedflow_mypy.model.loop import Loop
from typedflow_mypy.model.recording import Recording, current_recording
from typedflow_mypy.model.step_call import Slug, StepCall

_T = TypeVar("_T")


@dataclass
class ModuleErrors:
    """How the errors of a module are to be reported, for as long as its statements stay the same.

    Attributes:
        explanations: By where the piece of the file begins, and by the keys that are read, as mypy lists them. The
            newest entry is the last.
        retracted: By function: which errors mypy must not report when it checks the function by itself.
        by_step: By the function or lambda whose body it is about: what has to hold for every step, to be reported.
        lacking: Where calls stand whose missing arguments are keys of a step input.
    """

    explanations: dict[tuple[tuple[int, int], str], Explanation] = field(default_factory=dict)
    retracted: dict[str, ErrorPredicate] = field(default_factory=dict)
    by_step: dict[FuncDef | LambdaExpr, ErrorsByStep] = field(default_factory=dict)
    lacking: set[int] = field(default_factory=set)

    def explanations_at(self, line: int, column: int) -> list[tuple[str, Explanation]]:
        """Find the explanations for a place, the innermost first, each with the keys that are read.

        Two lambdas may begin in one line and have the same input: the handler of a step and its predicate.
        """
        found = [
            (keys, explanation)
            for (start, keys), explanation in reversed(self.explanations.items())
            if start <= (line, column) and line <= explanation.last_line
        ]
        return sorted(found, key=lambda each: each[1].start, reverse=True)


@dataclass
class State:
    """What the plugin remembers of one check of a module.

    Attributes:
        checker: The checker.
        session: The run of mypy.
        statements: The module's statements.
        errors: How the module's errors are to be reported.
        assignments: The module's assignments, when they have been asked for.
        unused: What stands as a statement of its own, so that its value is not used, when it has been asked for.
        checker_names: The names that exist for the type checker only, when they have been asked for.
        loops: The module's loops by what they run over, when they have been asked for.
        keys: What is used as a key in the module, when that has been asked for.
        reassigned: By the first call of the value that a variable is assigned again: the flow that was read there, and
            the one that the variable holds since.
        sources: The source text of definitions that have been searched for a name.
        unknown_dependencies: By call: its dependencies on steps that were not there, each of which may turn out to be a
            later step of the same chain.
        analysed: By call: what the signature hook found out about it. mypy calls two hooks for a call: one before it
            checks the arguments, and one after. The second takes out what the first has put in; see `take_analysed`.
        checking: The functions whose bodies are being checked. A body may define a flow with its own function, or that
            of a body around it, as a handler.
        following: The bodies whose calls are being followed. A function may pass its input on to itself.
        tracing: The variables and functions whose values are being looked up. They may be made of each other.
        keeping: The variables and objects that are searched for what they keep. They may keep each other.
        searching: The names of the containers whose items are being looked up. They may be made of each other.
        receiver: The class of the object whose method is being checked, or one that it calls: its ``self``.
    """

    checker: TypeChecker
    session: "Session"
    statements: list[Statement]
    errors: ModuleErrors
    assignments: AssignmentIndex | None = None
    unused: set[Context] | None = None
    checker_names: set[str] | None = None
    loops: Mapping[Node, Loop] | None = None
    keys: set[Expression] | None = None
    reassigned: dict[CallExpr, tuple[Instance, Instance]] = field(default_factory=dict)
    sources: dict[Statement, str] = field(default_factory=dict)
    unknown_dependencies: dict[CallExpr, list[tuple[Slug, StepCall]]] = field(default_factory=dict)
    analysed: dict[CallExpr, AnalysedCall] = field(default_factory=dict)
    checking: set[FuncDef] = field(default_factory=set)
    following: set[FuncDef | LambdaExpr] = field(default_factory=set)
    tracing: set[Var | FuncDef] = field(default_factory=set)
    keeping: set[Expression | Var] = field(default_factory=set)
    searching: set[str] = field(default_factory=set)
    receiver: TypeInfo | None = None

    @classmethod
    def of(cls, checker: TypeChecker) -> "State":
        """Return the state of a checker."""
        session = next(plugin.session for plugin in plugins(checker) if isinstance(plugin, PluginWithSession))
        state = session.states.get(checker.path)
        return state if state is not None and state.checker is checker else session.begin(checker)

    def take_analysed(self, call: Context, on: Type) -> AnalysedCall | None:
        """Take what the signature hook found out about a call; None if it has to be found out again.

        It holds for one check of the call, on one type. mypy may check a call again, on another type: for each item of
        a union, for each round of a loop. Each time it calls the signature hook first, which replaces the entry. An
        entry is left over if mypy never comes to the result, so it must be of the same type object. And it is missing
        if the handler leads to a function whose body contains the call: then mypy checks the call within its own check,
        as ``test_a_call_may_be_checked_within_its_own_check`` in ``tests/typing/test_mypy_plugin.py`` shows.
        """
        analysed = self.analysed.pop(call, None) if isinstance(call, CallExpr) else None
        return analysed if analysed is not None and analysed.on is on else None

    @contextmanager
    def calling_on(self, receiver: TypeInfo | None) -> Iterator[None]:
        """Check within this block what is called on an object of a class; on the same object as before, if None."""
        before, self.receiver = self.receiver, receiver or self.receiver
        try:
            yield
        finally:
            self.receiver = before


@dataclass
class Session:
    """What the plugin remembers of one run of mypy, or of its daemon.

    Attributes:
        states: The newest state of each module, by file.
        recording: Where the steps that are checked are recorded, if a command asks for them.
        watcher: What changes mypy's errors before they are reported; None until it is needed.
        last_undeclared_read: File and line of the newest read of a key that is not there.
        annotated: The errors of mypy that are being reported again, each with a note after it.
        generated_watcher: As `watcher`, for inputs that ``typedflow stubs`` has written.
        is_analysing_generated: Whether mypy analyses an annotation with such an input.
    """

    states: dict[str, State] = field(default_factory=dict)
    recording: Recording | None = field(default_factory=current_recording)
    watcher: ErrorWatcher | None = None
    last_undeclared_read: tuple[str, int] | None = None
    annotated: set[ErrorInfo] = field(default_factory=set)
    generated_watcher: ErrorWatcher | None = None
    is_analysing_generated: bool = False

    def begin(self, checker: TypeChecker) -> State:
        """Begin the check of a module, and forget the modules that mypy has finished."""
        before = self.states.get(checker.path)
        is_unchanged = before is not None and before.statements is checker.tree.defs
        errors = before.errors if before is not None and is_unchanged else ModuleErrors()
        # mypy empties the lists of statements when it has finished a module; the daemon keeps them.
        self.states = {path: state for path, state in self.states.items() if state.statements}
        state = self.states[checker.path] = State(checker, self, checker.tree.defs, errors)
        return state

    def state_of(self, file: str) -> State | None:
        """Return the newest state of a file; None if the file has none, or its source has changed since."""
        state = self.states.get(file)
        return state if state is not None and state.checker.tree.defs is state.statements else None


class PluginWithSession(Plugin):
    """A plugin of mypy that holds the session; `State.of` finds it through the checker."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.session = Session()


@contextmanager
def entering(active: set[_T], item: _T) -> Iterator[bool]:
    """Guard a recursion: yield whether an item is entered for the first time, and leave it after the block."""
    is_new = item not in active
    active.add(item)
    try:
        yield is_new
    finally:
        if is_new:
            active.discard(item)
