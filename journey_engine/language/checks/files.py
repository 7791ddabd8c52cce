"""Whether what a file is called inside equals the name of the file; looks at nothing else."""

from __future__ import annotations

from pathlib import PurePosixPath

from journey_engine.language.gather import Gathered
from journey_engine.language.places import Problem, Scalar, locate
from journey_engine.language.words import Words

# What may follow the event `message` in a condition, so that `message within was sent` cannot be read.
AFTER_MESSAGE = frozenset({"within", "since", "before", "where", "exactly", "and", "or"})


def file_problems(found: Gathered) -> list[Problem]:
    """Files whose identifier is not their own name."""
    problems: list[Problem] = []
    for word, kind in (
        ("journey", found.journeys),
        ("message", found.messages),
        ("segment", found.segments),
        ("feed", found.feeds),
        ("coupon", found.coupons),
        ("survey", found.surveys),
    ):
        for name, kept in kind.items():
            if word == "message" and name in found.asked:
                continue  # a question of a survey is not a file of its own
            written = locate(kept.page.root, (word,))[1]
            called = getattr(kept.value, word)
            if word == "message" and name in AFTER_MESSAGE:
                what = Words(f"訊息不能叫「{name}」，條件裡會看錯。", f"No message can be called “{name}”.")
                problems.append(kept.page.problem((word,), what, Words("請改名。", "Rename it.")))
            if called != name and isinstance(written, Scalar):
                file = PurePosixPath(kept.page.file).name
                what = Words(f"名稱「{called}」和檔名 {file} 不同。", f"“{called}” is not the name of the file {file}.")
                cure = Words(f"請改成 {word}: {name}，或替檔案改名。", f"Write {word}: {name}, or rename the file.")
                problems.append(kept.page.problem((word,), what, cure))
    return problems
