"""A journey begun from a template: which files are written and which lines of the schema; then it writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from journey_engine.errors import UsageError
from journey_engine.language.gather import folder_of, gather
from journey_engine.language.words import near
from journey_engine.language.written import NAME
from journey_engine.starting import shelf
from journey_engine.starting.renaming import mentions, new_names, renamed, retitled, stage_of, without_stage
from journey_engine.starting.schema_lines import Kind, Lack, lacks, read_schema, with_lines

_FOLDERS = ("messages", "segments", "coupons", "surveys")
_COMPLETION = "journey.schema.json"  # what editors complete by, where the project has it
_HEADER = f"# yaml-language-server: $schema=./{_COMPLETION}"


class NoSuchTemplate(UsageError):
    """No template is called so."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        what = f"No template is called “{name}”." if name else "Which template to begin from is not said."
        likely = near(name, known)
        cure = f"Near: {', '.join(likely)}." if likely else f"Write --from and one of {', '.join(known)}."
        super().__init__(what, cure, "--from")


class NoName(UsageError):
    """The new journey, or one of its messages, would have a name that cannot be one."""

    def __init__(self, name: str) -> None:
        cure = "Names have small letters, digits and _, begin with a letter, and are at most 30 long."
        super().__init__(f"“{name}” cannot be a name.", cure, "new")


class AlreadyThere(UsageError):
    """Files of that name exist, and nothing is overwritten."""

    def __init__(self, files: tuple[str, ...]) -> None:
        super().__init__(f"There is already {', '.join(files)}.", "Take another name.", "new")


class NoProject(UsageError):
    """The folder has no journeys to add one to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "There are no journeys here with a schema that can be read.", "See: journeys check.", str(folder)
        )


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is to be written: whole new files by path, the schema's new text, and what people have to add to it."""

    files: dict[Path, str]
    schema: Path
    schema_text: str
    added: tuple[Lack, ...]
    left: tuple[Lack, ...]
    stage: str | None = None  # the label that was taken away: stages.yaml has no such stage

    def write(self) -> None:
        """Write all of it. Raises FileExistsError if a file came into being meanwhile."""
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        if self.added:
            self.schema.write_text(self.schema_text, encoding="utf-8")


def begin(root: Path, name: str, template: str) -> Beginning:
    """The journey `name` of the project `root`, begun from a template. Writes nothing.

    Raises NoSuchTemplate, NoName, AlreadyThere and NoProject.
    """
    known = shelf.templates()
    if template not in known:
        raise NoSuchTemplate(template, known)
    source, target = shelf.templates_folder(), folder_of(root)
    own = _own_files(source, template)
    asked = tuple(sorted(each for each in gather(source).asked if each.startswith(f"{template}_")))
    stems = tuple(path.stem for path in own if path.parent.name != "scenarios")
    names = new_names(template, name, (*stems, *asked))
    for new in names.values():
        if NAME.fullmatch(new) is None:
            raise NoName(new)
    texts = {path: path.read_text(encoding="utf-8") for path in own}
    files = {
        target / path.parent.relative_to(source) / f"{names[path.stem]}.yaml": _text(path, texts[path], names, name)
        for path in own
    }
    there = tuple(sorted(path.relative_to(root).as_posix() for path in files if path.exists()))
    if there:
        raise AlreadyThere(there)
    files, stage = _without_unknown_stage(root, files, target / f"{name}.yaml")
    if (target / _COMPLETION).is_file():
        files[target / f"{name}.yaml"] = f"{_HEADER}\n{files[target / f'{name}.yaml']}"
    return _with_schema(root, target / "schema.yaml", files, tuple(texts.values()), stage)


def _own_files(source: Path, template: str) -> tuple[Path, ...]:
    """The journey, its scenarios, and the messages, segments, coupons and surveys whose names begin with its own."""
    below = [path for folder in _FOLDERS for path in sorted((source / folder).glob(f"{template}_*.yaml"))]
    return (source / f"{template}.yaml", source / "scenarios" / f"{template}.yaml", *below)


def _text(path: Path, text: str, names: dict[str, str], name: str) -> str:
    new = renamed(text, names)
    return retitled(new, name) if path.parent.name == "scenarios" and name != path.stem else new


def _without_unknown_stage(root: Path, files: dict[Path, str], journey: Path) -> tuple[dict[Path, str], str | None]:
    stages = gather(root).stages
    label = stage_of(files[journey])
    if stages is None or label is None or label in {stage.stage for stage in stages.value.stages}:
        return files, None
    return {**files, journey: without_stage(files[journey])}, label


def _with_schema(
    root: Path, path: Path, files: dict[Path, str], texts: tuple[str, ...], stage: str | None
) -> Beginning:
    wanted_text = (shelf.templates_folder() / "schema.yaml").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    wanted, has = read_schema(wanted_text), read_schema(text)
    if wanted is None or has is None:
        raise NoProject(root)
    words = {*wanted.attributes, *wanted.events, *(each for kind in wanted.events.values() for each in kind.properties)}
    words |= {kind.key for kind in wanted.events.values() if kind.key}
    used = frozenset(word for word in words if mentions(texts, word))
    kinds: dict[Kind, frozenset[str]] = {"attributes": used, "events": used}
    missing = lacks(wanted, wanted_text, has, kinds)
    new, left = with_lines(text, missing)
    return Beginning(files, path, new, tuple(each for each in missing if each not in left), left, stage)
