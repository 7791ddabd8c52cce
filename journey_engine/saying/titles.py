"""What a brand calls its events, attributes, segments, messages, stages and journeys; it invents no name."""

from __future__ import annotations

from dataclasses import dataclass

from journey_engine.language.project import Project
from journey_engine.language.reply import Reply
from journey_engine.language.schema import (
    EVENTS_OF_A_COUPON,
    EVENTS_OF_A_JOURNEY,
    EVENTS_OF_A_REPLY,
    EVENTS_OF_A_SEGMENT,
    EVENTS_OF_A_SURVEY,
)
from journey_engine.language.words import Words

# Events the machine itself writes: what happened, as a phrase (Chinese) and as a noun with its article (English).
_BUILT_IN = {
    "follow": Words("加入好友", "a follow"),
    "unfollow": Words("封鎖帳號", "a block"),
    "message": Words("傳來訊息", "a message from them"),
    "postback": Words("按下按鈕", "a postback"),
    "video_watched": Words("看完影片", "a video watched to its end"),
    "beacon": Words("走近 Beacon", "a beacon nearby"),
    "membership_changed": Words("會員方案有變化", "a change of membership"),
    "click": Words("點按", "a tap"),
    "came_from": Words("說出從哪裡來", "a word on where they come from"),
    "reply": Words("收到自動回覆", "an automatic answer"),
    "accepted": Words("LINE 收下訊息", "LINE's acceptance"),
    "skipped": Words("訊息沒有送出", "a message not sent"),
    "unknown": Words("訊息下落不明", "a message of unknown fate"),
    "go_to": Words("被轉進旅程", "a hand-over"),
    "joined_segment": Words("進入分群", "a joining of a segment"),
    "left_segment": Words("離開分群", "a leaving of a segment"),
    "stage_changed": Words("換了階段", "a change of stage"),
    "finished_journey": Words("走完旅程", "the end of a journey"),
    "enter": Words("由系統送進旅程", "an entry by the API"),
    "handed_off": Words("轉給專人", "a hand-off"),
    "handed_back": Words("專人處理完畢", "a hand-back"),
    "answered": Words("外部系統回應了", "an answer of the called system"),
    "call_failed": Words("呼叫外部系統失敗", "a failed call"),
    "redeem": Words("用掉折價券", "a redemption"),
    "answer": Words("回答問卷", "an answer to a survey"),
}
_OF = {
    "click": Words("點了{}", "a tap on {}"),
    "reply": Words("得到回覆規則{}的回答", "an answer by the rule {}"),
    "accepted": Words("LINE 收下{}", "LINE's acceptance of {}"),
    "skipped": Words("{}沒有送出", "{} not being sent"),
    "unknown": Words("{}下落不明", "the unknown fate of {}"),
    "go_to": Words("被轉進{}", "a hand-over to {}"),
    "joined_segment": Words("進入分群{}", "a joining of {}"),
    "left_segment": Words("離開分群{}", "a leaving of {}"),
    "finished_journey": Words("走完旅程{}", "the end of {}"),
    "enter": Words("由系統送進{}", "an entry into {} by the API"),
    "redeem": Words("用掉折價券{}", "a redemption of {}"),
    "answer": Words("答了問卷{}", "an answer to {}"),
}


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of one project. Titles are in the brand's own language: English sentences fall back to the names
    unless the policy's language is English; a name that is not declared is said as it is."""

    project: Project

    def event(self, name: str, of: str | None = None) -> Words:
        """What happened: `結帳`, `點了「歡迎」` / `a purchase`, `a tap on welcome_hello`."""
        if name in _OF and of:
            about = self._about(name, of)
            return Words(_OF[name].zh.format(about.zh), _OF[name].en.format(about.en))
        if name in _BUILT_IN:
            return _BUILT_IN[name]
        kind = self.project.schema_.events.get(name)
        said = self._titled(kind.title if kind else "", name)
        return Words(said.zh, f"{'an' if said.en[:1].lower() in 'aeiou' else 'a'} {said.en}")

    def _about(self, event: str, name: str) -> Words:
        if event in EVENTS_OF_A_SEGMENT:
            return self.segment(name)
        if event in EVENTS_OF_A_COUPON:
            return self.coupon(name)
        if event in EVENTS_OF_A_REPLY:
            return self.rule(name)
        if event in EVENTS_OF_A_SURVEY:
            return self.survey(name)
        return self.journey(name) if event in EVENTS_OF_A_JOURNEY else self.message(name)

    def attribute(self, name: str) -> Words:
        """A member's attribute: `「生日」` / `birthday`."""
        kind = self.project.schema_.attributes.get(name)
        return self._quoted(kind.title if kind else "", name)

    def segment(self, name: str) -> Words:
        kind = self.project.segments.get(name)
        return self._quoted(kind.title if kind else "", name)

    def coupon(self, name: str) -> Words:
        kind = self.project.coupons.get(name)
        return self._quoted(kind.title if kind else "", name)

    def survey(self, name: str) -> Words:
        kind = self.project.surveys.get(name)
        return self._quoted(kind.title if kind else "", name)

    def message(self, name: str) -> Words:
        kind = self.project.messages.get(name)
        return self._quoted(kind.title if kind else "", name)

    def journey(self, name: str) -> Words:
        kind = self.project.journeys.get(name)
        return self._quoted(kind.title if kind else "", name)

    def rule(self, name: str) -> Words:
        """A rule of replies.yaml."""
        kind = self.project.replies.rules.get(name) if self.project.replies else None
        return self._quoted(kind.title if isinstance(kind, Reply) else "", name)

    def tag(self, name: str) -> Words:
        kind = self.project.schema_.tags.get(name)
        return self._quoted(kind.title, name) if kind and kind.title else Words(f" {name} ", name)

    def score(self, name: str) -> Words:
        kind = self.project.schema_.scores.get(name)
        return self._quoted(kind.title if kind else "", name)

    def persona(self, name: str) -> Words:
        known = self.project.personas.personas if self.project.personas else ()
        return self._quoted(next((each.title for each in known if each.persona == name), ""), name)

    def stage(self, name: str) -> Words:
        titles = {stage.stage: stage.title for stage in self.project.stages.stages}
        return self._quoted(titles.get(name, ""), name)

    def _titled(self, title: str, name: str) -> Words:
        own = title or name
        return Words(own, own if self.project.policy.language == "en" else name)

    def _quoted(self, title: str, name: str) -> Words:
        said = self._titled(title, name)
        return Words(f"「{said.zh}」", said.en if said.en == name else f"“{said.en}”")


def infinitive(event: Words) -> str:
    """The Chinese words of an event without the 了 that says it is done: `點了「歡迎」` is `點「歡迎」`."""
    return event.zh[0] + event.zh[2:] if event.zh[1:2] == "了" else event.zh


def noun(event: Words) -> str:
    """The English noun of an event without its article, for counting: `purchase`."""
    return event.en.removeprefix("an ").removeprefix("a ")
