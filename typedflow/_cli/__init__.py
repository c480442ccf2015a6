"""The command ``typedflow``: runs, draws and checks flows. Needs the extra ``typedflow[cli]``.

Exit codes:

    0    done
    1    the run failed, a store refused, an output cannot be written, or a check found a mistake or a stale file
    2    wrong usage: a bad target, bad JSON, an invalid flow input, an invalid flow
    130  interrupted by Ctrl-C
    143  stopped by SIGTERM (129: by SIGHUP)
"""

from __future__ import annotations

import sys

from typedflow._cli.standard_streams import discard, secure_standard_streams


def main() -> None:
    """Run the command with the arguments of this process, and exit with one of the codes above."""
    secure_standard_streams()
    try:
        from typedflow._cli.command import typedflow  # noqa: PLC0415  reports a missing extra

        typedflow()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"click", "rich"}:
            raise
        sys.stderr.write(f'The command typedflow needs {missing}. Install it with pip install "typedflow[cli]".\n')
        sys.exit(2)
    except OSError as error:  # the help, the version: click writes them itself
        discard(1)
        sys.stderr.write(f"Error: {error}.\n")
        sys.exit(1)
