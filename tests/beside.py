"""Work in a process of its own beside the test, to be killed or waited for; it judges nothing.

It is forked from a process that has imported the engine: to import it takes longer than most of what is done there.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any


def start(work: Callable[..., None], *given: Any) -> ForkServerProcess:
    """The process, at work; `work` is a function of a module, and both it and what it is given can be pickled."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.forked"])
    process = context.Process(target=work, args=given)
    process.start()
    return process
