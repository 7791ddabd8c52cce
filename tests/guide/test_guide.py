"""The marketers' guide in both languages: every sample is read, checked, said aloud or found among the commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from journey_engine import cli
from journey_engine.language.check import Checked, check
from journey_engine.language.grammar import parse_condition
from journey_engine.language.triggers import TRIGGERS, Again
from journey_engine.language.words import Language
from journey_engine.parsing import build
from journey_engine.saying.conditions import said
from journey_engine.saying.journeys import told, written
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import spaced
from tests.conftest import ROOT

GUIDES: dict[Language, tuple[Path, Path]] = {
    "zh-TW": (ROOT / "journeys" / "README.md", ROOT / "journeys" / "DATA.md"),
    "en": (ROOT / "journeys" / "README.en.md", ROOT / "journeys" / "DATA.en.md"),
}
LONGEST = 300  # lines of each page: about four printed ones

# What the guide's own files do not declare: the brand they are read in.
BRAND = {
    "schema": """
attributes:
  name: {type: text, title: 姓名}
  tier: {type: text, title: 會員等級, values: [一般, 金卡, 白金]}
  birthday: {type: date, title: 生日}
events:
  purchase: {title: 結帳, live: yes, value: money, key: order_id, properties: {store: text}}
  refund: {title: 退貨, live: yes, value: money, key: order_id}
  booked: {title: 預約, live: yes, key: booking_id, properties: {starts_at: time}}
tags:
  skincare: {title: 愛保養, half_life: 30 days}
rfm: {event: purchase, within: 365 days}
""",
    "stages": """
stages:
  - {stage: retain, title: 留存, if: purchase at least 2 times within 180 days}
  - {stage: acquire, title: 新客, otherwise: true}
""",
    "policy": """
zone: Asia/Taipei
quiet_hours: "21:00-09:00"
calendar: {country: TW}
endpoints: {crm: {url: "https://crm.example.com/journeys", secret: env:CRM_SECRET}}
""",
    "messages/hello": "message: hello\ntitle: 歡迎加入\ntopic: service\nsay: [{text: 您好}]\n"
    "quick_replies: [{label: 看看, taps: look}]\n",
    "messages/nudge": "message: nudge\ntitle: 再看一眼\ntopic: service\nsay: [{text: 您好}]\n",
    "messages/thanks": "message: thanks\ntitle: 謝謝您\ntopic: service\nsay: [{text: 您好}]\n",
}
# The same brand in the English guide.
IN_ENGLISH = {
    "姓名": "name", "會員等級": "tier", "生日": "birthday", "結帳": "purchase", "退貨": "refund", "預約": "booking",
    "愛保養": "Skin care", "留存": "retain", "新客": "new", "歡迎加入": "Welcome", "再看一眼": "Another look",
    "謝謝您": "Thank you", "您好": "Hello", "看看": "Look", "一般": "basic", "白金": "platinum", "金卡": "gold",
}  # fmt: skip
SAMPLE = {"title": "範例", "status": "draft"}
# Of each trigger, how the rest of `enter` looks beside it; a wait for an entry property needs an event that has it.
ENTER: dict[str, Any] = {"on": "booked", "again": "after exit"}


def written_there(language: Language) -> str:
    """Both pages of a language: of the journeys, and of the data they stand on."""
    return "\n".join(page.read_text(encoding="utf-8") for page in GUIDES[language])


def samples(language: Language, kind: str) -> list[str]:
    """The bodies of all fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", written_there(language), re.MULTILINE | re.DOTALL)


def lines(language: Language, kind: str) -> Iterator[tuple[str, str]]:
    """Each line of those blocks as the sample and the comment beside it."""
    for block in samples(language, kind):
        for line in block.splitlines():
            sample, _, comment = line.partition(" #")
            yield sample.strip(), comment.strip()


@pytest.fixture(params=list(GUIDES))
def language(request: pytest.FixtureRequest) -> Language:
    return request.param


@pytest.fixture
def brand(tmp_path: Path, language: Language) -> Path:
    """The guide's files, and those it does not show, as a project."""
    files = {f"journeys/{name}.yaml": text.lstrip() for name, text in BRAND.items()}
    files["journeys/policy.yaml"] += f"language: {language}\n"
    files["expectations/club.json"] = '{"expectations": []}'
    for block in samples(language, "yaml"):
        head, _, body = block.partition("\n")
        if head.endswith(".yaml"):
            files[head.removeprefix("# ")] = body
        elif head in ("# policy", "# schema"):  # lines of policy.yaml, of schema.yaml
            files[f"journeys/{head.removeprefix('# ')}.yaml"] += body
    for name, text in files.items():
        for chinese, english in IN_ENGLISH.items() if language == "en" else ():
            text = text.replace(chinese, english)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def of_kind(language: Language, kind: str) -> list[dict[str, Any]]:
    blocks = [block for block in samples(language, "yaml") if block.startswith(f"# {kind}\n")]
    return [YAML(typ="safe").load(block) for block in blocks]


def write(root: Path, name: str, enter: dict[str, Any], steps: dict[str, Any]) -> None:
    with (root / "journeys" / f"{name}.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({"journey": name, **SAMPLE, "enter": enter, "steps": steps}, file)


def complaints(root: Path) -> list[str]:
    return [str(finding) for finding in check(root).findings]


def test_the_files_of_the_guide_are_a_sound_project(brand: Path) -> None:
    assert complaints(brand) == []


def test_a_rule_that_writes_down_a_consent_is_sound(brand: Path, language: Language) -> None:
    (rules,) = of_kind(language, "replies")
    with (brand / "journeys" / "replies.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(rules, file)

    assert [rule["consents"] for rule in rules["replies"]] == [{"promotion": "no"}]
    assert complaints(brand) == []


def test_every_trigger_is_shown_and_sound(brand: Path, language: Language) -> None:
    (shown,) = of_kind(language, "enter")
    for word, rule in shown.items():
        write(brand, f"by_{word}", {word: rule, "again": "after exit"}, {"end": {"stop": "好了"}})

    assert tuple(shown) == TRIGGERS
    assert complaints(brand) == []


def test_what_may_stand_beside_a_trigger_is_sound(brand: Path, language: Language) -> None:
    beside = set(re.findall(r"`(existing: \w+|pace: [^`]+|restart: [^`]+)`", written_there(language)))
    words = dict(each.split(": ") for each in beside)
    wait = {"rest": {"wait": "1 hour"}}
    write(brand, "beside", {"joins": "lapsed", "again": "never", **{k: words[k] for k in ("existing", "pace")}}, wait)
    write(brand, "carts", {"on": "purchase", "again": "per order_id", "restart": words["restart"]}, wait)

    assert complaints(brand) == []


def test_every_rule_of_reentry_is_shown_and_sound(brand: Path, language: Language) -> None:
    rules = [rule for rule, _ in lines(language, "again")]
    for number, rule in enumerate(rules):
        write(brand, f"again_{number}", {"on": "purchase", "again": rule}, {"end": {"stop": "好了"}})

    assert {Again.read(rule).kind for rule in rules} == {"never", "after exit", "after", "once a year"}
    assert any(Again.read(rule).per for rule in rules)
    assert complaints(brand) == []


def test_every_step_shown_is_sound(brand: Path, language: Language) -> None:
    (steps,) = of_kind(language, "steps")
    write(brand, "steps", ENTER, steps)

    assert complaints(brand) == []


def test_every_verb_of_the_language_is_shown(brand: Path, language: Language) -> None:
    from journey_engine.language.graph import all_steps
    from journey_engine.language.journey import VERBS, AskSurvey

    (steps,) = of_kind(language, "steps")
    write(brand, "steps", ENTER, steps)
    project = checked(brand).project
    assert project is not None
    steps_of = {name: step for each in ("welcome", "steps") for name, step in all_steps(project.journeys[each])}

    assert {type(step) for step in steps_of.values()} | {AskSurvey} == set(VERBS.values())
    assert {"ask_due", "ask_sent", "ask"} <= set(steps_of)  # what a step that asks is made of


def checked(root: Path) -> Checked:
    found = check(root)
    assert found.project is not None, found.findings
    return found


def test_every_condition_is_sound_and_said_as_the_guide_says(brand: Path, language: Language) -> None:
    write(brand, "steps", ENTER, of_kind(language, "steps")[0])  # it gives the tag that is asked for
    project = checked(brand).project
    assert project is not None
    shown = list(lines(language, "condition"))
    heard = {text: spaced(said(parse_condition(text), Titles(project))).said(language) for text, _ in shown}
    arms = [{"if": text, "do": {f"end_{number}": {"stop": "好了"}}} for number, (text, _) in enumerate(shown)]
    write(brand, "asking", {"on": "purchase", "again": "never"}, {"ask": {"branch": [*arms, {"otherwise": True}]}})

    assert dict(shown) == heard
    assert complaints(brand) == []


def test_the_journey_reads_as_the_guide_says(brand: Path, language: Language) -> None:
    project = checked(brand).project
    assert project is not None

    assert written(told(project.journeys["welcome"], Titles(project)), language) + "\n" == samples(language, "read")[0]


def test_every_command_there_is_takes_what_the_guide_gives_it(language: Language) -> None:
    given = [shlex.split(sample.removeprefix("$ journeys ")) for sample, _ in lines(language, "console")]
    app = build("", cli.verbs())
    for tokens in given:
        app.parse_args(tokens, exit_on_error=False, print_error=False)

    assert {tokens[0] for tokens in given} <= {verb for verb, _, _ in cli.verbs()}
    assert len(given) >= 10


def test_each_page_stays_a_page_that_can_be_read_at_one_sitting(language: Language) -> None:
    assert max(len(page.read_text(encoding="utf-8").splitlines()) for page in GUIDES[language]) <= LONGEST


def test_both_guides_show_the_same_samples() -> None:
    def bare(language: Language) -> list[Any]:
        return [YAML(typ="safe").load(block) for block in samples(language, "yaml")]

    assert [list(block) for block in bare("zh-TW")] == [list(block) for block in bare("en")]
    conditions = {each: [re.sub("'[^']*'", "''", text) for text, _ in lines(each, "condition")] for each in GUIDES}
    assert conditions["zh-TW"] == conditions["en"]
    assert [text for text, _ in lines("zh-TW", "console")] == [text for text, _ in lines("en", "console")]
