"""Where a member stands now, for what and until when, and which missing data hold a decision; it moves nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from journey_engine.compiler.footprints import names_of_decision, names_of_if
from journey_engine.explaining.telling import Teller
from journey_engine.language.graph import graph
from journey_engine.language.journey import FirstOf, Journey, Wait
from journey_engine.language.verbs import Send
from journey_engine.language.words import Words
from journey_engine.saying.conditions import event
from journey_engine.saying.steps import does
from journey_engine.saying.values import joined, listed


def stands(row: Row[Any], journey: Journey | None, teller: Teller) -> Words:
    """Where the enrolment of this waiting row is now: `在 rest：等 1 天，到 2026-03-03（週二）10:00`."""
    due = teller.moment(row.due_at)
    if row.step == "(goal)":
        return Words(f"已經離開，仍觀察是否達成目標，到 {due.zh}", f"out, and still watched for the goal till {due.en}")
    if row.step == "(holdout)":
        return Words(f"在對照組，什麼都不收，觀察到 {due.zh}", f"held out, gets nothing, watched till {due.en}")
    nodes = {node.name: node for node in graph(journey).nodes} if journey else {}
    if row.step not in nodes:
        return Words(f"在 {row.step}，到 {due.zh}", f"at {row.step}, till {due.en}")
    step = nodes[row.step].step
    what = does(step, teller.titles)
    has_begun = row.due_at > row.arrived_at
    project = teller.titles.project
    names = names_of_decision(project, step)
    if not has_begun:
        names |= names_of_if(project, step)
    decided_at = row.due_at if has_begun else row.arrived_at
    missing = lacking(names, decided_at, teller) if decided_at <= teller.record.now and not step.at_once else []
    parts = [Words(f"在 {row.step}：{what.zh}", f"at {row.step}: {what.en}")]
    if has_begun and isinstance(step, Send):
        parts.append(Words(f"碰到不打擾時段，等到 {due.zh}", f"in quiet hours, till {due.en}"))
    elif has_begun:
        parts.append(Words(f"等到 {due.zh}", f"till {due.en}"))
        parts += _ended_by(step, teller)
    if missing:
        parts += missing
    elif decided_at <= teller.record.now:
        parts.append(Words("時間已到，下一次執行就會往下", "it is time: the next pass goes on"))
    return joined(parts)


def _ended_by(step: object, teller: Teller) -> list[Words]:
    if not (isinstance(step, Wait) and isinstance(step.wait, FirstOf)):
        return []
    ones = listed([event(exit_.until.query, teller.titles) for exit_ in step.wait.first_of])
    return [Words(f"或者發生：{ones.zh}", f"or until {ones.en}")]


def lacking(names: Iterable[str], at: datetime, teller: Teller) -> list[Words]:
    """The feeds whose data do not reach up to the instant of a decision that rests on these events, held ones named."""
    project, record = teller.titles.project, teller.record
    found: list[Words] = []
    for feed in sorted({feed for name in names for feed in project.feeds_of(name)}):
        covered = record.covered_to.get(feed)
        if covered is not None and covered >= at:
            continue
        kind = project.feeds[feed]
        title = kind.title or feed
        upto = teller.moment(covered) if covered else None
        words = (
            Words(f"等資料：來源「{title}」只到 {upto.zh}", f"waits for data: the feed {feed} reaches only {upto.en}")
            if upto
            else Words(
                f"等資料：來源「{title}」還沒有任何資料", f"waits for data: the feed {feed} has brought nothing yet"
            )
        )
        held = [hold for hold in record.holds if (hold.scope, hold.name) == ("feed", feed)]
        found += (
            [words]
            if not held
            else [
                Words(
                    f"{words.zh}，被攔下：{hold.reason}（journeys release {hold.id}）",
                    f"{words.en}, and is held: {hold.reason} (journeys release {hold.id})",
                )
                for hold in held
            ]
        )
    return found
