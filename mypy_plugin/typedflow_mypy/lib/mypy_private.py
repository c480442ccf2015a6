"""The private members of mypy that the plugin uses, each with the reason; nothing else in the plugin touches one."""

from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.errors import ErrorInfo, Errors, ErrorWatcher
from mypy.nodes import Expression
from mypy.plugin import AnalyzeTypeContext, ChainedPlugin, Plugin


def watch(errors: Errors, on_error: Callable[[str, ErrorInfo], bool]) -> ErrorWatcher:
    """Have a function see every error that is about to be reported; where it returns True, the error is dropped.

    A plugin can add errors, but mypy gives it no way to change one of mypy's own. `ErrorWatcher`, with which mypy
    itself filters errors, can do it, but it is a context manager, entered on the top of a stack: it would have to
    surround the check of a whole module, and no hook does. So the watcher is put into the stack, ``Errors._watchers``,
    by hand, and at the bottom: there it sees only what no other watcher filters, and mypy, which removes watchers from
    the top, never removes it. To change the errors later, in ``Errors.error_info_map``, does not work:
    by then mypy has applied ``type: ignore`` comments, with the wrong error code. The cases of ``tests/typing`` with
    ``[typedflow-undeclared-input]`` show it, and those named ``an_error_may_be_ignored_by_its_code``.
    """
    watcher = ErrorWatcher(errors, filter_errors=on_error)
    errors._watchers.insert(0, watcher)  # noqa: SLF001
    return watcher


def errors_of(ctx: AnalyzeTypeContext) -> Errors:
    """Return where the errors of the module are reported in which a type is analysed.

    The interface that a hook is given can report an error, but not give the object that collects them, which `watch`
    needs. ``tests/typing/test_generated_inputs.py`` shows it.
    """
    errors: Errors = ctx.api.api.errors  # type: ignore[attr-defined]
    return errors


def is_watching(errors: Errors, watcher: ErrorWatcher) -> bool:
    """Whether a watcher is still there: the daemon removes all of them before each check."""
    return watcher in errors._watchers  # noqa: SLF001


def held_errors(errors: Errors) -> list[list[ErrorInfo]]:
    """Return the errors that mypy holds back until it has decided between two ways to check some code.

    ``ErrorWatcher.filtered_errors()`` returns them too, but asserts that the watcher keeps any, which cannot be asked
    for. The lists may be changed: mypy reports what is in them afterwards. The cases
    ``several_returns_are_a_union`` and ``a_forward_reference`` of ``tests/typing`` show it. Empty lists are left out: a
    chain of n calls has n watchers.
    """
    return [watcher._filtered for watcher in errors._watchers if watcher._filtered]  # noqa: SLF001


def forget_type(checker: TypeChecker, expression: Expression) -> None:
    """Forget the type of an expression, so that `TypeChecker.has_type` says whether the next check reaches it.

    A body may be checked several times, with different inputs, and mypy only ever adds types. The types of what the
    newest check does not reach would be taken for a part of the output, as the case ``a_return_that_is_not_reached``
    of ``tests/typing/output/inferred.toml`` shows.
    """
    for types in checker._type_maps:  # noqa: SLF001
        types.pop(expression, None)


def plugins(checker: TypeChecker) -> list[Plugin]:
    """Return the plugins of the run of mypy that a checker belongs to.

    The plugin keeps what it remembers on itself, and a hook is given the checker alone. The checker knows the plugin
    that chains all others, which has no public name for its list. The alternative is to bind each hook to the plugin
    when mypy asks for it; then every function below would need the plugin as one more argument. Every test with two
    modules shows it.
    """
    chained = checker.plugin
    assert isinstance(chained, ChainedPlugin)
    return chained._plugins  # noqa: SLF001
