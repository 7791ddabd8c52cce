"""The files beside the journeys but for schema and feeds: segments, stages, policy; it checks no names."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, PlainSerializer

from journey_engine.language.days import DateField, HoursField
from journey_engine.language.durations import Duration
from journey_engine.language.gating import Gate
from journey_engine.language.measuring import Spend, Spends, UpsellRule
from journey_engine.language.merging import Merging
from journey_engine.language.phones import Phones
from journey_engine.language.retention import Erased, Retention
from journey_engine.language.schema import BUILT_IN_EVENTS as BUILT_IN_EVENTS
from journey_engine.language.schema import EVENTS_OF_A_COUPON as EVENTS_OF_A_COUPON
from journey_engine.language.schema import EVENTS_OF_A_MESSAGE as EVENTS_OF_A_MESSAGE
from journey_engine.language.schema import AttributeKind as AttributeKind
from journey_engine.language.schema import EventKind as EventKind
from journey_engine.language.schema import RfmKind as RfmKind
from journey_engine.language.schema import Schema as Schema
from journey_engine.language.schema import TagKind as TagKind
from journey_engine.language.schema import ValueType as ValueType
from journey_engine.language.tracking import Links
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import Definition, DurationField, Name, OtherwiseMark, RuleField, Share


class Watch(Definition):
    """A change of size by more than this share holds the sends that depend on the segment."""

    change: Share


class Segment(Definition):
    """`journeys/segments/NAME.yaml`: a named condition, true or false for each member as of the last refresh."""

    segment: Name
    title: str
    is_: RuleField = Field(alias="is")
    watch: Watch | None = None


class Stage(Definition):
    stage: Name
    title: str = ""
    if_: RuleField | None = Field(default=None, alias="if")
    otherwise: OtherwiseMark = None


class Stages(Definition):
    """`journeys/stages.yaml`: ordered, first match wins, the last is `otherwise`."""

    stages: tuple[Stage, ...] = Field(min_length=1)


class Cap(Definition):
    count: int = Field(gt=0)
    per: DurationField


def _caps(value: Any) -> Any:
    """`2 per day and 5 per 7 days` as text."""
    if not isinstance(value, str):
        return value
    caps: list[Cap] = []
    for part in value.split(" and "):
        count, _, per = part.strip().partition(" per ")
        if re.fullmatch("[1-9][0-9]{0,5}", count) is None or not per:
            raise Miswritten(
                Words(f"「{value}」不是次數上限。", f"“{value}” is not a cap."),
                Words("例如寫 2 per day and 5 per 7 days。", "Write for example 2 per day and 5 per 7 days."),
            )
        caps.append(Cap(count=int(count), per=Duration.read(per if per[:1].isdigit() else f"1 {per}")))
    return tuple(caps)


def _caps_text(caps: tuple[Cap, ...]) -> str:
    return " and ".join(f"{cap.count} per {cap.per}" for cap in caps)


CapsField = Annotated[tuple[Cap, ...], BeforeValidator(_caps), PlainSerializer(_caps_text, return_type=str)]
Topic = Literal["promotion", "news", "service", "transactional"]
CapTopic = Literal["promotion", "news", "service", "transactional", "all"]  # all: whatever the topic


def _capped(value: Any) -> Any:
    """`skip`, or `defer 3 days` as the length."""
    if isinstance(value, str) and value != "skip":
        return Duration.read(value.removeprefix("defer ")) if value.startswith("defer ") else _no_rule(value)
    return value


def _no_rule(value: str) -> None:
    raise Miswritten(
        Words(f"「{value}」沒有說明超過上限怎麼辦。", f"“{value}” does not say what becomes of a capped message."),
        Words("請寫 skip 或 defer 3 days。", "Write skip, or defer 3 days."),
    )


CappedField = Annotated[
    Literal["skip"] | Duration,
    BeforeValidator(_capped),
    PlainSerializer(lambda rule: rule if rule == "skip" else f"defer {rule}", return_type=str),
]


class BusinessCalendar(Definition):
    """Which days are workdays: Monday to Friday without the public holidays of `country`, by `closed` and `open`."""

    country: str | None = None  # ISO 3166 code, as the library `holidays` knows it
    closed: tuple[DateField, ...] = ()
    open: tuple[DateField, ...] = ()


class Endpoint(Definition):
    """Where `call` posts to; `secret: env:NAME` signs it. `answers`: what `answered where …` may ask of its answers."""

    url: str
    secret: str | None = None
    answers: dict[Name, ValueType] = Field(default_factory=dict)


class Prices(Definition):
    """What messages cost a month: `free` of them for `monthly`, then `each` one (None: no more can be bought)."""

    plan: str = ""
    free: int = Field(default=0, ge=0)
    monthly: Decimal = Field(default=Decimal(0), ge=0)
    each: Decimal | None = Field(default=None, ge=0)
    currency: str = "TWD"


class Allowance(Definition):
    """Messages a month: the plan's `limit` (None: as LINE answers), and the share of it kept for a topic alone."""

    limit: int | None = None
    reserve: dict[Topic, Share] = Field(default_factory=dict[Topic, Decimal])


def _allowance(value: Any) -> Any:
    """`30000`, or a block."""
    if isinstance(value, Allowance | dict):
        return cast("Any", value)
    if re.fullmatch(r"-?[0-9]{1,9}", str(value).strip()) is None:
        raise Miswritten(
            Words(f"「{value}」不是額度。", f"“{value}” is no quota."),
            Words(
                "例如寫 30000，或 {limit: 30000, reserve: {transactional: 10%}}。",
                "Write for example 30000, or {limit: 30000, reserve: {transactional: 10%}}.",
            ),
        )
    return Allowance(limit=int(value))


def _allowance_written(value: Allowance) -> int | dict[str, Any] | None:
    return value.model_dump(mode="json", exclude_unset=True) if value.reserve else value.limit


QuotaField = Annotated[Allowance, BeforeValidator(_allowance), PlainSerializer(_allowance_written)]


class Receiver(Definition):
    """`key: env:NAME` holds what a shop shows as its bearer key; without one `POST /events` is closed. `create`: whom
    nobody is known as becomes a member."""

    key: str | None = None
    create: bool = False


ProfileField = Literal["display_name", "language", "picture"]


class Policy(Definition):
    """`journeys/policy.yaml`: what holds for all journeys."""

    language: Literal["zh-TW", "en"] = "zh-TW"
    zone: str  # the business zone (IANA)
    line: Literal["sandbox", "live"] = "sandbox"
    testers: dict[str, str] = Field(default_factory=dict)
    quiet_hours: HoursField | None = None
    office_hours: HoursField | None = None  # on the calendar's working days; when people answer
    caps: dict[CapTopic, CapsField] = Field(default_factory=dict[CapTopic, tuple[Cap, ...]])
    when_capped: dict[Topic, CappedField] = Field(default_factory=dict[Topic, Literal["skip"] | Duration])
    calendar: BusinessCalendar = BusinessCalendar()
    phones: Phones = Phones()
    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    links: Links = Links()
    receiver: Receiver = Receiver()
    profiles: dict[Name, ProfileField] = Field(default_factory=dict[Name, ProfileField])  # attribute: of LINE's profile
    prices: Prices | None = None
    global_holdout: Share = Decimal(0)
    quota: QuotaField | None = None
    retention: Retention = Retention()
    erased: Erased = Erased()
    merge: Merging = Merging()
    upsell: dict[Name, UpsellRule] = Field(default_factory=dict[Name, UpsellRule])
    acquisition: dict[Name, Spends] = Field(default_factory=dict[Name, tuple[Spend, ...]])
    gate: Gate = Gate()

    @property
    def quota_limit(self) -> int | None:
        """Messages a month by the plan, as far as it is written here."""
        return self.quota.limit if self.quota else None
