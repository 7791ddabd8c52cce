"""What can be tapped in a message, as marketers write it: links, texts, taps, dates, copies; it performs nothing."""

from __future__ import annotations

from typing import Literal

from journey_engine.language.written import Definition, GrantField, Name, TagGrant

Asked = Literal["camera", "camera_roll", "location"]
DOES = ("opens", "sends", "taps", "copies", "asks")  # a tap does exactly one of these


class Deed(Definition):
    """What a tap does. Exactly one of: `opens` a link, `sends` a text as the member, `taps` (a name; comes back as
    `click of MESSAGE where button = 'NAME'`), `copies` a text, and of quick replies `asks` for a picture or place.

    With `taps`: `says` is the text that stands in the chat then (else the label), `picks` asks for a day or time,
    which comes back as `picked`, `input` opens the keyboard, with the text that `fills` it, or the menu. `tag` is
    granted to whoever opens or taps it.
    """

    opens: str | None = None
    desktop: str | None = None  # the link on a computer
    sends: str | None = None
    taps: Name | None = None
    says: str | None = None
    picks: Literal["date", "time", "datetime"] | None = None
    earliest: str | None = None
    latest: str | None = None
    start: str | None = None
    input: Literal["keyboard", "voice", "menu", "no_menu"] | None = None
    fills: str | None = None
    copies: str | None = None
    asks: Asked | None = None
    tag: GrantField | None = None


class Tap(Deed):
    """A picture or a part of one to tap; its label is seldom shown, but read aloud."""

    label: str | None = None


class Button(Deed):
    """Something to tap with words on it."""

    label: str


class QuickReply(Button):
    """A button below the last message of a request; it goes when something is written."""

    icon: str | None = None


class Area(Tap):
    """A part of an imagemap, in pixels of an image 1,040 wide; `label` is read aloud."""

    x: int
    y: int
    width: int
    height: int


def tag_of(tap: Deed) -> TagGrant | None:
    """The tag that opening or tapping it grants, if any."""
    return tap.tag
