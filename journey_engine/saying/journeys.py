"""A whole journey as lines of plain sentences, steps nested as they are written; it draws nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from journey_engine.language.journey import Block, Journey, Step
from journey_engine.language.words import Language, Words
from journey_engine.saying.conditions import said
from journey_engine.saying.steps import does, provided, ways_on
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import entering
from journey_engine.saying.values import joined, length, share, spaced

_STATUS = {
    "draft": Words("草稿，還沒上線", "a draft, not live yet"),
    "live": Words("上線中", "live"),
    "paused": Words("暫停中", "paused"),
    "retired": Words("已停收新人，裡面的人走完為止", "retired: nobody new enters, those inside go on"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the telling: how deep it stands, its number or mark, its sentence, and the step it is about."""

    depth: int
    mark: str
    text: Words
    step: str | None = None


def told(journey: Journey, titles: Titles) -> tuple[Line, ...]:
    """All lines: title, standing, who enters, what ends it, the goal, then step by step."""
    name = journey.journey
    title = titles.journey(name).en.strip("“”")
    lines = [Line(0, "", Words(f"{journey.title}（{name}）", name if title == name else f"{title} ({name})"))]
    lines += [Line(1, "", words) for words in about(journey, titles)]
    lines.append(Line(1, "", Words("一步一步：", "Step by step:")))
    lines += _block(journey.steps, titles, 2)
    return tuple(replace(line, text=spaced(line.text)) for line in lines)


def about(journey: Journey, titles: Titles) -> tuple[Words, ...]:
    """What holds for the whole journey: standing, entering, leaving, goal, holdout, pause; a sentence each."""
    standing = [_STATUS[journey.status]]
    if journey.stage:
        title = titles.stage(journey.stage)
        standing.append(Words(f"屬於階段{title.zh}", f"for the stage {title.en}"))
    if journey.owner:
        standing.append(Words(f"由{journey.owner}負責", f"owned by {journey.owner}"))
    standing.append(Words(f"優先順序 {journey.priority}", f"priority {journey.priority}"))
    sentences = [
        _ended(joined(standing)),
        _headed("誰會進入", "Who enters", joined(entering(journey, titles), "；", "; ")),
        _headed("隨時離開", "Leaving", _leaving(journey, titles)),
    ]
    if journey.goal is not None:
        sentences.append(_headed("目標", "Goal", _goal(journey, titles)))
    if journey.holdout:
        part = share(journey.holdout)
        sentences.append(
            _headed("對照組", "Holdout", Words(
                f"{part} 的人什麼都不收，用來比較成效", f"{part} get nothing, to compare with"
            ))
        )  # fmt: skip
    if journey.pause == "shift":
        moved = Words("恢復後，等候的時間順延暫停的長度", "promised times move by its length")
        sentences.append(_headed("暫停", "After a pause", moved))
    return tuple(sentences)


def _leaving(journey: Journey, titles: Titles) -> Words:
    blocked = (
        Words("封鎖帳號就離開", "on blocking the account")
        if journey.refollow == "end"
        else Words("封鎖帳號時停下，解除封鎖後接著走", "blocking only halts it until they are friends again")
    )
    if journey.leave is None:
        return blocked
    asked = said(journey.leave.if_.condition, titles)
    return Words(f"一旦{asked.zh}就離開；{blocked.zh}", f"as soon as {asked.en}; {blocked.en}")


def _goal(journey: Journey, titles: Titles) -> Words:
    assert journey.goal is not None
    asked, within = said(journey.goal.if_.condition, titles), length(journey.goal.within)
    then = (
        Words("達成就離開旅程", "then they leave")
        if journey.goal.then == "leave"
        else Words("達成後繼續走", "they go on")
    )
    return Words(f"進入後 {within.zh}內，{asked.zh}；{then.zh}", f"within {within.en} of entry {asked.en}; {then.en}")


def _headed(zh: str, en: str, words: Words) -> Words:
    return _ended(Words(f"{zh}：{words.zh}", f"{en}: {words.en}"))


def _ended(words: Words) -> Words:
    return Words(f"{words.zh}。", f"{words.en}.")


# ---- steps --------------------------------------------------------------------------------------------------------
def _block(block: Block, titles: Titles, depth: int) -> Iterator[Line]:
    for number, (name, step) in enumerate(block.items(), 1):
        first, what = provided(step, titles), does(step, titles)
        text = Words(f"{first.zh}{what.zh}", f"{first.en}{what.en}")
        if step.at_once:
            text = joined([text, Words("不等資料到齊就決定", "decided without waiting for late data")])
        parts = [*_ways(step, titles, depth + 1)]
        end = ("：", ":") if parts else ("。", ".")
        yield Line(depth, f"{number}.", Words(f"{text.zh}{end[0]}", f"{_capital(text.en)}{end[1]}"), name)
        yield from parts


def _ways(step: Step, titles: Titles, depth: int) -> Iterator[Line]:
    for one, block in ways_on(step, titles):
        if block:
            yield Line(depth, "·", Words(f"{one.zh}：", f"{_capital(one.en)}:"))
            yield from _block(block, titles, depth + 1)
        else:
            yield Line(depth, "·", Words(f"{one.zh}：直接往下。", f"{_capital(one.en)}: go on."))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def written(lines: tuple[Line, ...], language: Language) -> str:
    """The lines as text for a terminal, two spaces a level, each step's name behind its sentence."""
    shown: list[str] = []
    for line in lines:
        mark = f"{line.mark} " if line.mark else ""
        name = f"  [{line.step}]" if line.step else ""
        shown.append(f"{'  ' * line.depth}{mark}{line.text.said(language)}{name}")
    return "\n".join(shown)
