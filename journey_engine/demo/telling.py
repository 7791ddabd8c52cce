"""What the demo prints: one block a night, from the figures that the night's artifact shows too; it reads no table."""

from __future__ import annotations

from collections.abc import Mapping

from journey_engine.demo.script import Scene
from journey_engine.measures.night import Night


def told(scene: Scene, night: Night, acts: Mapping[str, int], seconds: float) -> str:
    """One night and its day: imports, quarantine, segments, moves, sends, skips by reason, holds, what friends did."""
    title = f"Night {scene.night:>2}  {scene.at:%a %Y-%m-%d}" if scene.night else f"Eve       {scene.at:%a %Y-%m-%d}"
    lines = [f"{title}  ({seconds:.1f} s)"]
    lines += [_line("imported", _imported(night)), _line("quarantined", _reasons(night))]
    lines.append(_line("segments", _segments(night)))
    lines.append(_line("moved", _listed(night.moved)))
    lines.append(_line("sent", f"{sum(n for (status, _), n in night.sends.items() if status == 'accepted'):,}"))
    skipped = {reason: n for (status, reason), n in night.sends.items() if status == "skipped"}
    lines.append(_line("skipped", _listed(skipped)))
    unknown = sum(n for (status, _), n in night.sends.items() if status == "unknown")
    lines += [_line("unknown", f"{unknown:,}")] if unknown else []
    lines.append(_line("friends", _listed({name: n for name, n in acts.items() if name != "nothing"})))
    lines.append(_line("held", "; ".join(f"{hold.scope} {hold.name}: {hold.reason}" for hold in night.held) or "-"))
    return "\n".join(lines)


def _line(name: str, said: str) -> str:
    return f"  {name:<12}{said or '-'}"


def _imported(night: Night) -> str:
    return ", ".join(
        f"{one.feed} {one.landed:,} of {one.read:,}" + ("" if one.status == "landed" else f" ({one.status})")
        for one in night.imported
    )


def _reasons(night: Night) -> str:
    return ", ".join(f"{reason} {n:,}" for one in night.imported for reason, n in one.reasons.items())


def _segments(night: Night) -> str:
    return ", ".join(
        f"{name} +{joined:,} -{left:,} = {size:,}" for name, (joined, left, size) in night.segments.items()
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items() if n)
