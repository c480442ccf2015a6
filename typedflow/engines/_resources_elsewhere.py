"""Stands for the resources of a run where they are not."""

from __future__ import annotations

from typing import NoReturn


class ResourcesElsewhere:
    """What a handler in a worker process gets as the resources of its run, which are not sent there."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # what pickle and others ask every object for
            raise AttributeError(name)
        raise RuntimeError(
            f'the resources of a run are not sent to worker processes, so "{name}" cannot be used there. Open it in '
            'the handler, or give the step runs_in="thread".'
        )
