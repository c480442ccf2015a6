"""Which outputs ``typedflow run`` prints, and where."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure, OutputFailure
from typedflow._cli.json_output import encode_output, encode_outputs
from typedflow._cli.standard_output import write_output
from typedflow.exceptions import UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typedflow._definition.flow import FlowDefinition


@dataclass(frozen=True)
class ShownOutputs:
    """The outputs that are printed.

    Attributes:
        slugs: The steps whose outputs they are.
        is_alone: Whether the output of the one step is printed as it is, and not within an object.
        file: Where to; None for standard output.
    """

    slugs: Sequence[str]
    is_alone: bool = False
    file: Path | None = None

    @classmethod
    def of(
        cls,
        definition: FlowDefinition,
        *,
        named: Sequence[str],
        up_to: Sequence[str],
        everything: bool,
        file: str | None,
    ) -> ShownOutputs:
        """Return what the options say, checked before anything runs.

        Raises:
            Failure: The flow has no such step, or the file cannot be written.
        """
        for slug in named:
            if slug not in definition:
                raise Failure(str(UnknownStepError(definition.slug, slug, tuple(s.slug for s in definition.steps))))
        path = None if file is None else Path(file)
        if path is not None and (problem := _why_not_writable(path)):
            raise Failure(f'the file "{path}" cannot be written: {problem}.')
        slugs = [step.slug for step in definition.steps if everything or not definition.dependents[step.index]]
        return cls(list(dict.fromkeys(named or up_to or slugs)), is_alone=len(named) == 1, file=path)

    def write(self, outputs: Mapping[str, Any]) -> list[str]:
        """Write those of the outputs that exist, and return why others have no JSON form.

        Raises:
            OutputFailure: They cannot be written.
        """
        shown = {slug: outputs[slug] for slug in self.slugs if slug in outputs}
        if self.is_alone:
            found = [encode_output(slug, output) for slug, output in shown.items()]
            text, problems = "".join(text for text, _ in found), [problem for _, problem in found if problem]
        else:
            text, problems = encode_outputs(shown)
        if self.file is None:
            write_output(text)
        else:
            self._write_file(self.file, text)
        return problems

    def _write_file(self, file: Path, text: str) -> None:
        try:
            file.write_bytes(text.encode("utf-8", "typedflow.escaped"))
        except OSError as error:
            write_output(text)
            raise OutputFailure(
                f'the file "{file}" cannot be written: {error.strerror}. The output is on standard output instead.'
            ) from error


def _why_not_writable(file: Path) -> str:
    if file.is_dir():
        return "it is a folder"
    if not file.parent.is_dir():
        return f'there is no folder "{file.parent}"'
    return "" if os.access(file if file.exists() else file.parent, os.W_OK) else "Permission denied"
