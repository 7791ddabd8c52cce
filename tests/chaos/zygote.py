"""A process that has imported everything and forks a sender whenever it is asked to; it sends nothing itself.

`python -m tests.chaos.zygote` reads a JSON object a line, {"seed", "number", "round", "senders", "database", "url"},
forks that many senders, waits for all of them, and writes one line: [[pid, status], …], a negative status being the
signal that ended it. An import of LINE's SDK costs more than a second, a fork of what has it twenty milliseconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from tests.chaos.scripts import script_of
from tests.chaos.senders import live_and_die

ROOT = Path(__file__).resolve().parents[2]


def serve() -> None:
    """Fork as asked until there is nobody to ask."""
    import aiohttp  # noqa: F401 - imported here, so that no child has to
    import linebot.v3.messaging  # noqa: F401

    for line in sys.stdin:
        job: dict[str, Any] = json.loads(line)
        children = [_fork(job, number) for number in range(job["senders"])]
        ends = [(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])) for pid in children]
        print(json.dumps(ends), flush=True)


def _fork(job: dict[str, Any], number: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        script = script_of(job["seed"], job["number"])
        status = live_and_die(script, job["round"], number, job["database"], job["url"])
    except BaseException:  # noqa: BLE001 - the end of a child, whatever it is
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


class Zygote:
    """The zygote as its user sees it: `with Zygote() as zygote`."""

    def __enter__(self) -> Zygote:
        command = [sys.executable, "-m", "tests.chaos.zygote"]
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def play(self, **job: Any) -> list[tuple[int, int]]:
        """Let senders live and die: the pid and exit status of each."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return [tuple(each) for each in json.loads(self._process.stdout.readline())]

    def last_words(self) -> str:
        """The end of what the senders complained of."""
        self._log.seek(0)
        return self._log.read()[-2_000:]


if __name__ == "__main__":
    serve()
