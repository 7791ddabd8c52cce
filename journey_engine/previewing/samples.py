"""Values to look at a message with, where no member's are at hand; none of them ever leaves a preview."""

from __future__ import annotations

from journey_engine.line.placeholders import Placeholder

_NAMES = {"name": "怡君", "city": "台北", "store": "大安店", "order_id": "A20270308-001", "email": "mei@example.com"}


def sample_of(placeholder: Placeholder) -> str:
    """A value of the placeholder's kind: of a closed set the first, of a well-known name what one would expect."""
    kind = placeholder.kind
    if kind.values:
        return kind.values[0]
    match kind.type:
        case "number":
            return "1250"
        case "date":
            return "2027-03-08"
        case "text" if placeholder.attribute.startswith("coupon."):
            return "ABCD-1234"
        case "text":
            last = placeholder.attribute.rsplit(".", 1)[-1]
            return _NAMES.get(last) or kind.title or last
