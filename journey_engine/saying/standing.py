"""What a member carries and where she stands, tags, scores, segments, stages, journeys, in words; it asks nobody."""

from __future__ import annotations

from typing import assert_never

from journey_engine.language import conditions as c
from journey_engine.language.words import Words
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import asked_of, either, put

_Carried = c.HasTag | c.TagStrength | c.Score | c.IsFriend
Standing = _Carried | c.StageIs | c.InSegment | c.PersonaIs | c.InJourney | c.FinishedJourney


def of_standing(condition: Standing, titles: Titles, negated: bool) -> Words:
    """`有標籤「愛保養」`, `不在分群「久未回購」裡` / `they have the tag …`, `they are not in the segment …`."""
    match condition:
        case c.HasTag() | c.TagStrength() | c.Score() | c.IsFriend():
            return _carried(condition, titles, negated)
        case c.StageIs(stage):
            title = titles.stage(stage)
            return either(
                negated, (f"處於階段{title.zh}", f"they are in the stage {title.en}"),
                (f"不在階段{title.zh}", f"they are not in the stage {title.en}"),
            )  # fmt: skip
        case c.InSegment(segment):
            title = titles.segment(segment)
            return either(
                negated, (f"在分群{title.zh}裡", f"they are in the segment {title.en}"),
                (f"不在分群{title.zh}裡", f"they are not in the segment {title.en}"),
            )  # fmt: skip
        case c.PersonaIs(persona):
            title = titles.persona(persona)
            return either(
                negated, (f"是人物誌{title.zh}", f"they are the persona {title.en}"),
                (f"不是人物誌{title.zh}", f"they are not the persona {title.en}"),
            )  # fmt: skip
        case c.InJourney(journey):
            title = titles.journey(journey)
            return either(
                negated, (f"正在旅程{title.zh}裡", f"they are inside the journey {title.en}"),
                (f"不在旅程{title.zh}裡", f"they are not inside the journey {title.en}"),
            )  # fmt: skip
        case c.FinishedJourney(journey):
            title = titles.journey(journey)
            return either(
                negated, (f"走完過旅程{title.zh}", f"they have finished the journey {title.en}"),
                (f"沒走完過旅程{title.zh}", f"they have never finished the journey {title.en}"),
            )  # fmt: skip
        case _:
            assert_never(condition)


def _carried(condition: _Carried, titles: Titles, negated: bool) -> Words:
    match condition:
        case c.HasTag(tag):
            zh, en = titles.tag(tag).zh, titles.tag(tag).en
            return either(
                negated, (f"有標籤{zh}", f"they have the tag {en}"), (f"沒有標籤{zh}", f"they have no tag {en}")
            )
        case c.TagStrength(tag, asked):
            title = titles.tag(tag)
            words = Words(f"標籤{title.zh}的強度", f"their strength of the tag {title.en}")
            return put(words, asked_of(asked, negated))
        case c.Score(score, asked):
            title = titles.score(score)
            return put(
                Words(f"分數{title.zh}", f"their score {title.en}"), asked_of(asked, negated, never_missing=True)
            )
        case c.IsFriend():
            return either(negated, ("是好友", "they are friends of the account"), ("不是好友", "they are no friends"))
        case _:
            assert_never(condition)
