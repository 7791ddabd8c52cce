"""Whether each survey can be asked and counted, and each step that asks can be followed; it asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, Spot, names_of, unknown
from journey_engine.language.checks.setting import set_problems
from journey_engine.language.durations import Duration
from journey_engine.language.gather import Gathered
from journey_engine.language.journey import Set
from journey_engine.language.places import Listing, Mapping, Page, Path, Problem, Scalar, Written, is_there, locate
from journey_engine.language.survey import KINDS, Question, Survey
from journey_engine.language.surveying import DUE, SENT, asks
from journey_engine.language.words import NOTHING, Miswritten, Words
from journey_engine.language.written import NAME

_FIVE = 5


@dataclass(frozen=True)
class _Bench:
    found: Gathered
    page: Page
    names: Names
    survey: Survey


def survey_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the surveys of the project, and with the steps that ask."""
    names = names_of(found)
    problems: list[Problem] = []
    for kept in found.surveys.values():
        bench = _Bench(found, kept.page, names, kept.value)
        for name, question in bench.survey.questions.items():
            problems += _question(bench, name, question)
        problems += [*_bands(bench), *_thanks(bench, ("thanks",), bench.survey.thanks), *_called(bench)]
    for kept in found.journeys.values():
        steps = list(_steps(kept.original.root, ()))
        taken = {name for name, _, _ in steps}
        for name, path, step in steps:
            if asks(step):
                problems += _step(found, kept.original, path, name, step, taken)
    return problems


# ---- the survey ---------------------------------------------------------------------------------------------------
def _question(bench: _Bench, name: str, question: Question) -> Iterator[Problem]:
    page, here = bench.page, ("questions", name)
    message = bench.survey.asked_by(name)
    own = bench.found.files["messages"] - bench.found.asked
    if NAME.fullmatch(message) is None:
        yield page.problem(here, *_too_long(message), key=True)
    elif message in own:
        what = Words(
            f"已經有一則訊息叫「{message}」，這一題也要用這個名稱。",
            f"Message “{message}” exists already, and this question is sent under that name.",
        )
        yield page.problem(here, what, Words("請替題目或訊息改名。", "Rename the question or the message."), key=True)
    if len(question.kinds) != 1 and not page.has_lost(here, *KINDS):
        yield page.problem(here, *_ONE_KIND, key=True)
        return
    yield from _options(bench, here, question)
    if question.labels and (question.kind != "csat" or len(question.labels) != _FIVE):
        yield page.problem((*here, "labels"), *_LABELS, key=True)
    if question.skip is not None and question.kind != "text":
        yield page.problem((*here, "skip"), *_SKIP, key=True)
    for band in question.tags:
        if band not in question.bands and not page.has_lost((*here, "options")):
            yield page.problem((*here, "tags", band), *unknown("band", band, question.bands), key=True)
    if question.into is not None:
        yield from _into(bench, (*here, "into"), question)


def _options(bench: _Bench, here: Path, question: Question) -> Iterator[Problem]:
    page = bench.page
    has_options = question.kind in ("choice", "quiz")
    if (
        has_options
        and len(question.options) < 2
        and not page.is_damaged((*here, "options"))
        and not page.has_lost(here, "options")
    ):
        yield page.problem(here, *_FEW_OPTIONS, key=True)
    if not has_options and question.options:
        yield page.problem((*here, "options"), *_NO_OPTIONS, key=True)
    for name, option in question.options.items():
        if question.kind == "quiz" and option.points is None and not page.has_lost((*here, "options", name), "points"):
            yield page.problem((*here, "options", name), *_NO_POINTS, key=True)
        elif question.kind == "choice" and option.points is not None:
            yield page.problem((*here, "options", name, "points"), *_POINTS, key=True)


def _into(bench: _Bench, path: Path, question: Question) -> Iterator[Problem]:
    attributes, schema = bench.names.attributes, bench.names.schema
    name = question.into or ""
    if attributes is not None and name not in attributes:
        yield bench.page.problem(path, *unknown("attribute", name, attributes))
    elif schema is not None and name in schema.attributes:
        kind = schema.attributes[name]
        answers = question.answers
        odd = kind.values is not None and (not answers or any(answer not in kind.values for answer in answers))
        if odd or kind.type == "date" or (kind.type == "number" and not question.scores):
            what = Words(
                f"屬性「{name}」放不進這一題的答案。", f"Attribute “{name}” cannot hold the answers to this question."
            )
            cure = Words(
                "分數用 {type: number}，其他用 {type: text}，不限定 values。",
                "Declare it as {type: number} for scores, else {type: text}, without values.",
            )
            yield bench.page.problem(path, what, cure)


def _bands(bench: _Bench) -> Iterator[Problem]:
    survey, page = bench.survey, bench.page
    if (
        survey.bands
        and not any(question.kind == "quiz" for question in survey.questions.values())
        and not page.is_damaged(("questions",))
    ):
        yield page.problem(("bands",), *_NO_QUIZ, key=True)
    seen: dict[int, str] = {}
    spot = Spot(page, ("bands",), bench.names, taps_of(bench.found), entry={}) if survey.bands else None
    for name, band in survey.bands.items():
        if band.from_ in seen:
            what = Words(
                f"「{seen[band.from_]}」也從 {band.from_} 分開始。",
                f"“{seen[band.from_]}” begins at {band.from_}, too.",
            )
            yield page.problem(("bands", name, "from"), what)
        seen.setdefault(band.from_, name)
        yield from _thanks(bench, ("bands", name, "thanks"), band.thanks)
        if band.set and spot is not None:
            yield from set_problems(Set(set=band.set), spot.below(name))


def _thanks(bench: _Bench, path: Path, message: str | None) -> Iterator[Problem]:
    if message is not None and message not in bench.names.messages:
        yield bench.page.problem(path, *unknown("message", message, bench.names.messages))


def _called(bench: _Bench) -> Iterator[Problem]:
    if bench.names.replies and bench.survey.survey in bench.names.replies:
        what = Words(
            f"replies.yaml 有一條規則也叫「{bench.survey.survey}」。",
            f"A rule of replies.yaml is called “{bench.survey.survey}”, too.",
        )
        yield bench.page.problem(("survey",), what, Words("請替其中一個改名。", "Rename one of them."))


# ---- steps that ask -----------------------------------------------------------------------------------------------
def _steps(written: Written, path: Path) -> Iterator[tuple[str, Path, Written]]:
    """Every step with its name and path, as it is written."""
    match written:
        case Mapping(entries=entries):
            for key, (_, value) in entries.items():
                if key in ("steps", "do") and isinstance(value, Mapping):
                    for name, (_, step) in value.entries.items():
                        yield name, (*path, key, name), step
                yield from _steps(value, (*path, key))
        case Listing(items=items):
            for number, item in enumerate(items):
                yield from _steps(item, (*path, number))
        case Scalar():
            return


def _step(found: Gathered, page: Page, path: Path, name: str, step: Written, taken: set[str]) -> Iterator[Problem]:
    entries = step.entries if isinstance(step, Mapping) else {}
    called = entries["survey"][1]
    known = found.files.get("surveys", set[str]())
    if not isinstance(called, Scalar) or not called.raw:
        return
    if called.text not in known:
        yield page.problem((*path, "survey"), *unknown("survey", called.text, known))
        return
    for made in (f"{name}{SENT}", f"{name}{DUE}"):
        if NAME.fullmatch(made) is None and NAME.fullmatch(name):
            what = Words(
                f"步驟名稱「{name}」太長，問卷步驟最多 25 個字元。",
                f"“{name}” is too long for a step that asks (25 characters).",
            )
            yield page.problem(path, what, Words("請改短一點。", "Take a shorter one."), key=True)
            break
        if made in taken:
            what = Words(
                f"「{made}」是問卷步驟「{name}」自己要用的名稱。", f"“{made}” is what the step “{name}” is made of."
            )
            yield page.problem((*path[:-1], made), what, Words("請替這個步驟改名。", "Rename this step."), key=True)
    if called.text in found.surveys:
        yield from _at_most(page, (*path, "at_most"), found.surveys[called.text].value)


def _at_most(page: Page, path: Path, survey: Survey) -> Iterator[Problem]:
    written = locate(page.root, path)[1]
    if not isinstance(written, Scalar) or not is_there(page.root, path):
        return
    try:
        length = Duration.read(written.text)
    except Miswritten:
        return  # told by the reader
    if length.longest > survey.expires.longest:
        what = Words(
            f"問卷的答案只算到送出後 {survey.expires}，等 {length} 太久了。",
            f"Answers count for {survey.expires} only; waiting {length} is too long.",
        )
        cure = Words(
            "請縮短 at_most，或在問卷寫長一點的 expires。",
            "Shorten at_most, or write a longer expires into the survey.",
        )
        yield page.problem(path, what, cure)


def _too_long(message: str) -> tuple[Words, Words]:
    return (
        Words(
            f"這一題會以訊息「{message}」送出，名稱太長。",
            f"This question is sent as the message “{message}”, which is too long a name.",
        ),
        Words(
            "問卷與題目的名稱合起來最多 29 個字元。",
            "The names of survey and question have 29 characters together at most.",
        ),
    )


_ONE_KIND = (
    Words(
        "一題要剛好有 nps、csat、choice、quiz、text 其中一個。",
        "A question is exactly one of nps, csat, choice, quiz, text.",
    ),
    Words("例如 nps: 您有多想把我們推薦給朋友？", "Write for example nps: How likely are you to recommend us?"),
)
_FEW_OPTIONS = (
    Words("這一題至少要有兩個選項。", "This question has at least two options."),
    Words("例如 options: {dry: 乾性, oily: 油性}。", "Write for example options: {dry: Dry, oily: Oily}."),
)
_NO_OPTIONS = (
    Words("只有 choice 與 quiz 有 options。", "Only choice and quiz have options."),
    NOTHING,
)
_NO_POINTS = (
    Words("quiz 的每個選項都要有分數。", "Each option of a quiz has points."),
    Words("例如 dry: {label: 乾性, points: 2}。", "Write for example dry: {label: Dry, points: 2}."),
)
_POINTS = (
    Words("choice 的選項沒有分數。", "Options of a choice have no points."),
    Words("要計分請把 choice 改成 quiz。", "Write quiz instead of choice to count them."),
)
_LABELS = (
    Words(
        "labels 是 csat 五個按鈕的字，要剛好五個。", "labels are the words on the five buttons of csat: exactly five."
    ),
    NOTHING,
)
_SKIP = (
    Words("只有 text 題可以有 skip。", "Only a text question has skip."),
    NOTHING,
)
_NO_QUIZ = (
    Words("沒有 quiz 題，bands 用不到。", "Without a quiz question there are no points for bands."),
    Words("請把題目寫成 quiz，每個選項給 points。", "Ask with quiz, and give each option its points."),
)
