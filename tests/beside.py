"""Work in a process of its own beside the test, to be killed or waited for; it judges nothing.

It is forked from a process that has imported the engine: to import it takes longer than most of what is done there.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

# Told before the first of them begins; what is not among them is imported by each process anew.
_IMPORTED = ["tests.calling.caller", "tests.data.killing", "tests.line.resident", "tests.line.sender"]


def start(work: Callable[..., None], *given: Any) -> ForkServerProcess:
    """The process, at work; `work` is a function of a module, and both it and what it is given can be pickled."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    process = context.Process(target=work, args=given)
    process.start()
    return process
