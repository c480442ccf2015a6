"""``typedflow completion``, and what a shell completes: the flows of a file, and their steps."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete, split_arg_string

from typedflow._cli.standard_output import write_output

Shell: TypeAlias = Literal["bash", "zsh", "fish"]
_SHELLS: Final = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

# The names that a module gives to flows, and the slugs of steps, as far as its source shows them. The module is not
# imported: a shell completes at each press of a key.
_FLOW: Final = re.compile(
    r"^(\w+)\s*(?::[^=\n]+)?=\s*\(?\s*(?:\w+\.(?:step|map|include|up_to|replace)|Flow)\(", re.MULTILINE
)
_STEP: Final = re.compile(r"""\.(?:step|map)\(\s*["'](\w+)["']""")


@click.command()
@click.argument("shell", type=click.Choice(get_args(Shell)))
@click.pass_context
def completion(ctx: click.Context, shell: Shell) -> None:
    """Print a script that lets SHELL complete commands, options, flows and steps.

    For bash, write eval "$(typedflow completion bash)" into ~/.bashrc. For zsh, write the same with zsh into ~/.zshrc.
    For fish, write typedflow completion fish | source into ~/.config/fish/config.fish.
    """
    write_output(_SHELLS[shell](ctx.find_root().command, {}, "typedflow", "_TYPEDFLOW_COMPLETE").source() + "\n")


def complete_target(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the path of a file, and after its colon the names of its flows."""
    place, colon, name = incomplete.rpartition(":")
    if not colon:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(f"{place}:{found}") for found in _FLOW.findall(_source(place)) if found.startswith(name)]


def complete_step(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the slugs of the steps in the file of the target.

    click does not know the target yet, because the option that is completed lacks its value. The shell gives all words.
    """
    words = split_arg_string(os.environ.get("COMP_WORDS", ""))
    steps = [step for word in words for step in _STEP.findall(_source(_place(word)))]
    return [CompletionItem(step) for step in dict.fromkeys(steps) if step.startswith(incomplete)]


def _place(target: str) -> str:
    return target.rpartition(":")[0] or target


def _source(place: str) -> str:
    try:
        return Path(place if place.endswith(".py") else f"{place.replace('.', '/')}.py").read_text("utf-8", "replace")
    except (OSError, ValueError):
        return ""
