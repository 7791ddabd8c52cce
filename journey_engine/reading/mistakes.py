"""What can be wrong with a file or frame, each as a sentence with place, cause and cure; it mends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.errors import JourneysError
from journey_engine.language.words import near


class SourceError(JourneysError):
    """A file or frame that cannot be read as the feed says; nothing of it lands."""


class NoSuchFile(SourceError):
    def __init__(self, feed: str, pattern: str) -> None:
        super().__init__(
            f"Feed {feed} finds no file.",
            "Put the file there, or correct `from: file:` of the feed (it is looked for below the project folder).",
            pattern,
        )


class UnknownFormat(SourceError):
    def __init__(self, where: str, ending: str) -> None:
        super().__init__(
            f"A file ending in {ending or 'nothing'} is none that a feed can read.",
            "Save it as .csv, .tsv, .txt, .jsonl, .parquet, .xlsx, .xls, .xlsb or .ods.",
            where,
        )


class EmptyFile(SourceError):
    def __init__(self, where: str, rows: bool = False) -> None:
        what = "The file has a header and no rows." if rows else "The file is empty: not even a header."
        super().__init__(what, "Ask the sender for the export again; nothing was changed.", where)


class MissingColumn(SourceError):
    def __init__(self, missing: Sequence[str], found: Sequence[str], where: str, asked_by: str) -> None:
        several = "s" if len(missing) > 1 else ""
        super().__init__(
            f"Missing column{several} {', '.join(missing)}, which {asked_by} names; the header has {', '.join(found)}.",
            "Correct the header, or give the column's new header under `format: columns:` of the feed.",
            where,
        )


class WrongDelimiter(SourceError):
    def __init__(self, delimiter: str, likely: str, where: str) -> None:
        super().__init__(
            f"The header does not split at “{delimiter}”; it looks as if it were written with “{likely}”.",
            f'Write `format: {{delimiter: "{likely}"}}` in the feed.',
            where,
        )


class DuplicateHeader(SourceError):
    def __init__(self, name: str, where: str) -> None:
        super().__init__(
            f"Two columns are called {name}, so nobody can say which one is meant.",
            "Rename one of them in the export.",
            where,
        )


class WrongEncoding(SourceError):
    def __init__(self, encoding: str, where: str, detail: str) -> None:
        super().__init__(
            f"The bytes are not {encoding}: {detail}.",
            "Write the file's encoding in the feed (`format: {encoding: cp950}`) or `auto`, or save it as UTF-8.",
            where,
        )


class CutOff(WrongEncoding):
    """The last character of the file is not all there."""

    def __init__(self, encoding: str, where: str) -> None:
        SourceError.__init__(
            self,
            f"The file ends inside a character of {encoding}: the rest of it is missing.",
            "It was probably cut off while it was copied: fetch it again.",
            where,
        )


class BrokenLine(SourceError):
    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"This line is no JSON object: {detail}.",
            "A file of JSON lines has one object a line; mend the line or ask for the export again.",
            where,
        )


class NoSuchHeader(SourceError):
    def __init__(self, header: int, rows: int, where: str) -> None:
        super().__init__(
            f"The names of the columns are to stand in row {header}, and there are {rows} rows.",
            "Correct `header:` under `format:` of the feed.",
            where,
        )


class UnknownEncoding(SourceError):
    def __init__(self, encoding: str, where: str) -> None:
        super().__init__(f"No encoding is called {encoding}.", "Write utf-8, cp950, big5, utf-16 or `auto`.", where)


class RaggedRow(SourceError):
    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"This row does not fit the header: {detail}.",
            "Mend the row: a value that holds the separator or a line break stands in double quotes.",
            where,
        )


class BrokenFile(SourceError):
    def __init__(self, kind: str, where: str, detail: str) -> None:
        super().__init__(
            f"This is not a whole {kind} file: {detail}.",
            "It was probably cut off while it was copied: fetch it again.",
            where,
        )


class NoSuchSheet(SourceError):
    def __init__(self, sheet: str, sheets: Sequence[str], where: str) -> None:
        super().__init__(f"There is no sheet {sheet}; there are {', '.join(sheets)}.", "Correct `sheet:`.", where)


class NoSuchFrame(SourceError):
    def __init__(self, package: str, detail: str) -> None:
        super().__init__(
            f"The feed's frame cannot be read: {detail}.",
            "Install the package (`pip install line-journeys[demo]` for the demo's) or correct `from:` of the feed.",
            package,
        )


class NoSuchSource(SourceError):
    def __init__(self, database: str) -> None:
        super().__init__(
            f"Where the database {database} is, nobody has said.",
            f"Set the environment variable JOURNEYS_SOURCE_{database.upper()} to its address "
            f"(postgresql://… or mysql://…), or save a Prefect Secret block source-{database.replace('_', '-')}.",
            f"database {database}",
        )


class NotADatabase(SourceError):
    def __init__(self, database: str, missing: str = "") -> None:
        super().__init__(
            "What reads this database is not installed." if missing else "This is no address of a database.",
            f"pip install line-journeys[{missing}]" if missing else "It begins with postgresql:// or mysql://.",
            f"JOURNEYS_SOURCE_{database.upper()}",
        )


class BrokenQuery(SourceError):
    def __init__(self, database: str, detail: str) -> None:
        super().__init__(
            f"The query could not be run: {detail}.",
            "Correct `sql:` of the feed, or ask who keeps the database whether it is up and may be read.",
            f"database {database}",
        )


class NoSuchFeed(JourneysError):
    def __init__(self, feed: str, known: Sequence[str]) -> None:
        likely = near(feed, known, most=1)
        cure = f"Did you mean {likely[0]}?" if likely else f"Use one of {', '.join(known) or '(none is declared)'}."
        super().__init__(f"No feed is called {feed}.", cure, "journeys/feeds")
