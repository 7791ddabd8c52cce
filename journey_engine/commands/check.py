"""`journeys check`: says all mistakes of all files of a project with their places; changes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject
from journey_engine.language.check import Checked
from journey_engine.language.check import check as look
from journey_engine.language.places import Finding
from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.settings import Settings


def check(
    *,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    live: bool = False,
    settings: FromProject,
) -> int:
    """Find every mistake in journeys, segments, messages, replies, coupons, feeds, scenarios, schema, stages, policy.

    Parameters
    ----------
    as_json
        Print a list of findings (file, line, column, text, cure, severity) for editors and other programs.
    live
        Ask LINE, too, whether it would take each message, through the channel the policy names; nothing is sent.
    """
    checked = look(settings.project)
    if live and checked.project is not None:
        checked = replace(checked, findings=(*checked.findings, *_refused(checked.project, checked.language, settings)))
    if as_json:
        print(json.dumps([asdict(finding) for finding in checked.findings], ensure_ascii=False, indent=2))
    else:
        for finding in checked.findings:
            print(finding)
        print(_summary(checked))
    return FINDINGS if checked.errors else FINE


def _refused(project: Project, language: Language, settings: Settings) -> list[Finding]:
    """What LINE itself says against messages."""
    from journey_engine.language.gather import folder_of
    from journey_engine.line.channel import open_channel
    from journey_engine.line.validating import refused_by_line

    folder = folder_of(settings.project).relative_to(settings.project)
    refused = refused_by_line(project, open_channel(project.policy, settings))
    said = {
        name: Words(f"LINE 不收這則訊息：{why}", f"LINE refuses this message: {why}") for name, why in refused.items()
    }
    files = {name: (folder / "messages" / f"{name}.yaml").as_posix() for name in said}
    return [Finding(files[name], 1, 1, words.said(language)) for name, words in said.items()]


def _summary(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.findings) - len(checked.errors)
    if checked.language == "zh-TW":
        if not checked.findings:
            return f"看過 {checked.files} 個檔案，沒有發現問題。"
        return f"看過 {checked.files} 個檔案：{errors} 處要改，{warnings} 處提醒。"
    if not checked.findings:
        return f"{checked.files} files read, nothing to mend."
    return f"{checked.files} files read: {errors} to mend, {warnings} to think about."
