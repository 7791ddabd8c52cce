"""`journeys check`: says all mistakes of all files of a project with their places; changes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject
from journey_engine.language.check import Checked
from journey_engine.language.check import check as look


def check(
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    settings: FromProject,
) -> int:
    """Find every mistake in journeys, segments, messages, feeds, scenarios, schema, stages and policy.

    Parameters
    ----------
    as_json
        Print a list of findings (file, line, column, text, cure, severity) for editors and other programs.
    """
    checked = look(settings.project)
    if as_json:
        print(json.dumps([asdict(finding) for finding in checked.findings], ensure_ascii=False, indent=2))
    else:
        for finding in checked.findings:
            print(finding)
        print(_summary(checked))
    return FINDINGS if checked.errors else FINE


def _summary(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.findings) - len(checked.errors)
    if checked.language == "zh-TW":
        if not checked.findings:
            return f"看過 {checked.files} 個檔案，沒有發現問題。"
        return f"看過 {checked.files} 個檔案：{errors} 處要改，{warnings} 處提醒。"
    if not checked.findings:
        return f"{checked.files} files read, nothing to mend."
    return f"{checked.files} files read: {errors} to mend, {warnings} to think about."
