"""All files of a project folder as models with their places, as far as they can be read; checks no names."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from journey_engine.language import places
from journey_engine.language.catalog import Policy, Schema, Segment, Stages
from journey_engine.language.contents import Cards
from journey_engine.language.coupon import Coupon
from journey_engine.language.feed import Feed
from journey_engine.language.journey import Journey, Step
from journey_engine.language.message import Message, container_of
from journey_engine.language.modelling import nowhere, read_model
from journey_engine.language.persona import Personas
from journey_engine.language.places import Mapping, Page, Place, Problem
from journey_engine.language.read import read_document, read_documents
from journey_engine.language.reply import Replies
from journey_engine.language.scenario import Scenario
from journey_engine.language.steps import written_steps
from journey_engine.language.survey import Survey
from journey_engine.language.surveying import lowered, message_of, message_page
from journey_engine.language.words import Language, Words
from journey_engine.language.written import NAME, Definition

M = TypeVar("M", bound=Definition)
T = TypeVar("T")

FOLDER = "journeys"
SINGLES = ("schema", "stages", "policy", "replies", "personas")
# What stands in for a top-level word that is missing or unreadable, so that the rest of the file is checked too.
_STAND_INS: dict[type[Definition], dict[str, object]] = {
    Schema: {"attributes": {}, "events": {}},
    Stages: {"stages": [{"stage": "unread", "otherwise": "true"}]},
    Policy: {"zone": "UTC"},
    Replies: {"replies": []},
    Personas: {"personas": [{"persona": "unread", "if": "is friend"}]},
    Journey: {
        "title": "-",
        "status": "draft",
        "enter": {"on": "follow", "again": "never"},
        "steps": {"unread": {"stop": "-"}},
    },
    Message: {"title": "-", "topic": "service", "say": [{"text": "-"}]},
    Segment: {"title": "-"},
    Coupon: {"title": "-"},
    Survey: {"title": "-", "questions": {"unread": {"text": "-"}}},
    Scenario: {"scenario": "-"},
}

_NO_FOLDER = (
    Words("找不到 journeys 資料夾。", "There is no folder “journeys”."),
    Words(
        "請在專案資料夾裡執行，或寫 --project 資料夾；新專案用 journeys init 資料夾。",
        "Go to the project's folder, or write --project FOLDER; journeys init FOLDER starts a new one.",
    ),
)


@dataclass(frozen=True)
class Kept:
    """One file that could be read, at least in part: the value, where each of its words stands, and all that was
    written, with what could not be read."""

    value: Any
    page: Page
    original: Page

    @cached_property
    def steps(self) -> tuple[tuple[places.Path, str, Step], ...]:
        """Every step of a journey as (path in the file, name, step), in written order."""
        return tuple(written_steps(self.value))


@dataclass
class Gathered:
    """Everything found below a project folder. A name is known by its file, even if the file cannot be read."""

    root: Path
    folder: Path  # with the journeys in it
    schema: Kept | None = None
    stages: Kept | None = None
    policy: Kept | None = None
    replies: Kept | None = None
    personas: Kept | None = None
    journeys: dict[str, Kept] = field(default_factory=dict[str, Kept])
    messages: dict[str, Kept] = field(default_factory=dict[str, Kept])
    segments: dict[str, Kept] = field(default_factory=dict[str, Kept])
    feeds: dict[str, Kept] = field(default_factory=dict[str, Kept])
    coupons: dict[str, Kept] = field(default_factory=dict[str, Kept])
    surveys: dict[str, Kept] = field(default_factory=dict[str, Kept])
    scenarios: list[Kept] = field(default_factory=list[Kept])
    flexes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    flex_pages: dict[str, Page] = field(default_factory=dict[str, Page])
    files: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    asked: frozenset[str] = frozenset()  # the messages that are questions of surveys
    written: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    problems: list[Problem] = field(default_factory=list[Problem])
    count: int = 0  # files read
    known: dict[str, Any] = field(default_factory=dict[str, Any])  # what `once` has worked out

    @property
    def language(self) -> Language:
        """The language the policy asks for; Traditional Chinese as long as there is none."""
        return "zh-TW" if self.policy is None else self.policy.value.language


def once(work: Callable[[Gathered], T]) -> Callable[[Gathered], T]:
    """`work`, done when it is first asked for and then known: several checks ask the same of a project."""

    @wraps(work)
    def known(found: Gathered) -> T:
        name = f"{work.__module__}.{work.__name__}"
        if name not in found.known:
            found.known[name] = work(found)
        return cast("T", found.known[name])

    return known


def folder_of(root: Path) -> Path:
    """Where the journeys of a project are: below `root`/journeys, or in `root` itself if the policy lies there.

    So a folder of journeys, such as the templates, is a project of its own.
    """
    folder = root / FOLDER
    return root if not folder.is_dir() and (root / "policy.yaml").is_file() else folder


def gather(root: Path) -> Gathered:
    """Read all files of the project `root`. Never raises for what stands in them; the problems are in the result."""
    folder = folder_of(root)
    found = Gathered(root, folder)
    if not folder.is_dir():
        found.problems.append(nowhere(FOLDER, *_NO_FOLDER))
        return found
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*/*.yml")]):
        what = Words("副檔名是 .yml，不會被讀取。", "Files ending in .yml are not read.")
        cure = Words("請改成 .yaml。", "Rename it to .yaml.")
        found.problems.append(nowhere(path.relative_to(root).as_posix(), what, cure))
    found.schema = _single(found, Schema)
    found.stages = _single(found, Stages)
    found.policy = _single(found, Policy)
    if (folder / "replies.yaml").is_file():
        found.replies = _single(found, Replies)
    found.surveys = _folder(found, folder / "surveys", "surveys", Survey)
    if (folder / "personas.yaml").is_file():
        found.personas = _single(found, Personas)
    found.journeys = _folder(found, folder, "journeys", Journey)
    found.messages = _folder(found, folder / "messages", "messages", Message)
    found.segments = _folder(found, folder / "segments", "segments", Segment)
    found.feeds = _folder(found, folder / "feeds", "feeds", Feed)
    found.coupons = _folder(found, folder / "coupons", "coupons", Coupon)
    _questions(found)
    _scenarios(found, folder / "scenarios")
    for kept in found.messages.values():
        _flexes(found, kept)
    return found


def _single(found: Gathered, model: type[Definition]) -> Kept | None:
    name = model.__name__.lower()
    path = found.folder / f"{name}.yaml"
    if path.is_file():
        return _kept(found, path, model)
    file = path.relative_to(found.root).as_posix()
    found.problems.append(nowhere(file, Words(f"少了 {file}。", f"There is no {file}.")))
    return None


def _folder(found: Gathered, folder: Path, kind: str, model: type[Definition]) -> dict[str, Kept]:
    paths = [path for path in sorted(folder.glob("*.yaml")) if kind != "journeys" or path.stem not in SINGLES]
    found.files[kind] = {path.stem for path in paths}
    kept = {path.stem: _kept(found, path, model) for path in paths}
    return {name: one for name, one in kept.items() if one is not None}


def _kept(found: Gathered, path: Path, model: type[Definition]) -> Kept | None:
    file = path.relative_to(found.root).as_posix()
    found.count += 1
    written, problems = read_document(path.read_bytes(), file)
    found.problems.extend(problems)
    return None if written is None else _modelled(found, Page(file, written), model, path.stem)


def _modelled(found: Gathered, page: Page, model: type[Definition], stem: str) -> Kept | None:
    word = next(iter(model.model_fields))
    stand_ins: AnyMapping[str, object] = {word: stem, **_STAND_INS.get(model, {})}
    read = read_model(model, page, stand_ins)
    found.problems.extend(read.problems)
    for key in ("attributes", "events", "scores"):
        if model is Schema:
            there = isinstance(page.root, Mapping) and key in page.root.entries
            block = places.locate(page.root, (key,))[1] if there else None
            found.written[key] = frozenset(block.entries) if isinstance(block, Mapping) else frozenset()
    if read.value is None:
        return None
    return _asking(found, read.value, read.page, page) if model is Journey else Kept(read.value, read.page, page)


def _asking(found: Gathered, journey: Any, page: Page, original: Page) -> Kept:
    """The journey, with what its steps that ask are made of in their place."""
    surveys = {name: kept.value for name, kept in found.surveys.items()}
    root = lowered(page.root, surveys)
    value = journey if root is page.root else Journey.model_validate(places.plain(root))
    return Kept(value, Page(page.file, root), original)


def _questions(found: Gathered) -> None:
    """The messages that surveys ask by, beside those of the folder; one that has the same name stays what it is."""
    for kept in found.surveys.values():
        survey: Survey = kept.value
        for name in survey.questions:
            called = survey.asked_by(name)
            if called in found.files["messages"] or NAME.fullmatch(called) is None:
                continue
            found.asked |= {called}
            if len(survey.questions[name].kinds) == 1:
                page = message_page(kept.page, survey, name)
                found.messages[called] = Kept(message_of(survey, name), page, page)
    found.files["messages"] |= found.asked


def _scenarios(found: Gathered, folder: Path) -> None:
    for path in sorted(folder.glob("*.yaml")):
        file = path.relative_to(found.root).as_posix()
        found.count += 1
        documents, problems = read_documents(path.read_bytes(), file)
        found.problems.extend(problems)
        for document in documents:
            several = document.items if isinstance(document, places.Listing) else (document,)
            for written in several:
                kept = _modelled(found, Page(file, written), Scenario, "-")
                found.scenarios.extend([kept] if kept else [])


# ---- flex files ---------------------------------------------------------------------------------------------------
def _flexes(found: Gathered, kept: Kept) -> None:
    message: Message = kept.value
    for number, said in enumerate(message.say):
        file = container_of(said)
        if isinstance(file, str) and file not in found.flexes:
            inside = ("cards", "flex") if isinstance(said, Cards) else ("flex",)
            problem = _flex(found, file, kept.page, ("say", number, *inside))
            found.problems.extend([problem] if problem else [])


def _flex(found: Gathered, name: str, page: Page, at: places.Path) -> Problem | None:
    folder = (found.folder / "messages").resolve()
    path = (folder / name).resolve()
    file = (found.folder / "messages" / name).relative_to(found.root).as_posix()
    if not path.is_relative_to(folder) or not path.is_file():
        what = Words(f"找不到檔案「{file}」。", f"There is no file “{file}”.")
        return page.problem(at, what, Words("路徑從 messages 資料夾算起。", "Paths begin at the folder messages."))
    found.count += 1
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        what = Words("這裡不是正確的 JSON。", "This is not JSON from here on.")
        cure = Words(
            "請檢查逗號、引號與括號；也可以從 Flex Message Simulator 重新複製。",
            "Check commas, quotes and brackets, or copy it again from the Flex Message Simulator.",
        )
        return Problem(file, Place(error.lineno, error.colno), what, cure)
    except (UnicodeDecodeError, RecursionError):
        return nowhere(
            file, Words("這個檔案讀不出來。", "This file cannot be read."), Words("請存成 UTF-8。", "Save as UTF-8.")
        )
    if not isinstance(content, dict):
        return nowhere(file, Words("這裡要是一個 bubble 或 carousel。", "This should be a bubble or a carousel."))
    found.flexes[name] = content
    # JSON is YAML as far as places go; where it is not, the problem is told at the head of the file.
    written, problems = read_document(path.read_bytes(), file)
    found.flex_pages[name] = Page(file, places.grown({}, Place(1, 1)) if problems or written is None else written)
    return None
