"""Great Expectations on a staging table, in SQL: each rule's outcome, each row rule's condition; it changes nothing.

GX is imported when the first batch is judged (3 to 6 s, 240 MB); a batch of 4,000 rows then costs a quarter second.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import URL, ColumnElement, Table, and_, func, or_, select, tuple_

from journey_engine.data.mistakes import BrokenSuite
from journey_engine.data.suites import Expectation, Suite
from journey_engine.data.verdict import Outcome

# GX decides these with window counts in a subquery of its own; ours is one hashed list of the values that come twice.
_UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition over the staging table's columns, true for rows that break the rule, and the reason to give them."""

    reason: str
    broken: ColumnElement[bool]


def judge(
    url: URL, table: Table, suite: Suite, parameters: dict[str, float]
) -> tuple[tuple[Outcome, ...], tuple[RowRule, ...]]:
    """Run the suite on a committed staging table; `parameters` are what `$PARAMETER` in its kwargs may name.

    Rules of severity info are reported and give no row rule. Raises BrokenSuite for a rule that GX could not work out:
    GX returns those as failures.
    """
    if not suite.expectations:
        return (), ()
    gx = _gx()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = _no_bars()
    source = context.data_sources.add_postgres("staging", connection_string=_within(url, table.schema or "public"))
    try:
        asset = source.add_table_asset("batch", table_name=table.name)
        request = asset.add_batch_definition_whole_table("all").build_batch_request()
        written = [_as_gx(rule) for rule in suite.expectations]
        made = context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=written))
        validator = context.get_validator(batch_request=request, expectation_suite=made)
        result = validator.validate(result_format="BASIC", suite_parameters=parameters)
        by_rule = {entry.expectation_config.meta["rule"]: entry for entry in result.results}
        outcomes = tuple(_outcome(suite, rule, by_rule.get(rule.rule)) for rule in suite.expectations)
        rows = tuple(_row_rules(suite, table, made, validator))
    finally:
        source.get_engine().dispose()
    return outcomes, rows


@cache
def _gx() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports modules that Python has deprecated
        return import_module("great_expectations")


def _no_bars() -> Any:
    return import_module("great_expectations.data_context.types.base").ProgressBarsConfig(globally=False)


def _within(url: URL, schema: str) -> str:
    """The database's address for a session that sees this schema; GX is told a schema that way."""
    said = url.query.get("options", "")
    options = f"{said if isinstance(said, str) else ' '.join(said)} -c search_path={schema} -c timezone=UTC".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _as_gx(rule: Expectation) -> dict[str, Any]:
    return {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": {"rule": rule.rule}}


def _outcome(suite: Suite, rule: Expectation, entry: Any) -> Outcome:
    """GX's result in our words. Raises BrokenSuite if GX caught an exception in it."""
    if entry is None:
        raise BrokenSuite(suite.path, rule.rule, "Great Expectations gave no result for it")
    error = _exception(entry.exception_info or {})
    if error:
        raise BrokenSuite(suite.path, rule.rule, error)
    result: dict[str, Any] = entry.result or {}
    observed = result.get("observed_value")
    unexpected = result.get("unexpected_count")
    percent = result.get("unexpected_percent")
    return Outcome(
        rule=rule.rule,
        title=rule.title,
        severity=rule.severity,
        passed=bool(entry.success),
        unexpected=unexpected,
        share=None if percent is None else round(percent / 100, 6),
        observed=_observed(observed, unexpected, result.get("element_count")),
        column=", ".join(rule.columns),
    )


def _observed(observed: object, unexpected: int | None, rows: int | None) -> str:
    if observed is not None:
        return str(observed)
    return f"{unexpected} of {rows} rows" if unexpected else ""


def _exception(info: dict[str, Any]) -> str:
    """The message of the exception GX caught, wherever in its two forms it put it; empty if there was none."""
    found: list[dict[str, Any]] = [info, *(value for value in info.values() if isinstance(value, dict))]
    for entry in found:
        if entry.get("raised_exception") or (entry is not info and entry.get("exception_message")):
            return (str(entry.get("exception_message") or "").strip().splitlines() or ["unknown error"])[0]
    return ""


def _row_rules(suite: Suite, table: Table, made: Any, validator: Any) -> Iterator[RowRule]:
    """The rules about rows, as conditions. `map_metric` and `.condition` are semi-internal to GX: pinned and tested."""
    configuration: Any = import_module("great_expectations.validator.metric_configuration").MetricConfiguration
    expectations = {entry.meta["rule"]: entry for entry in made.expectations}
    for rule in suite.expectations:
        metric = getattr(expectations[rule.rule], "map_metric", None)
        if rule.severity == "info" or metric is None:
            continue
        if rule.type in _UNIQUE:
            yield RowRule(rule.rule, _repeated(table, rule.columns))
            continue
        place = ("column", "column_A", "column_B", "column_list", "row_condition", "condition_parser", "ignore_row_if")
        domain = {key: value for key, value in rule.kwargs.items() if key in place}
        values = {key: value for key, value in rule.kwargs.items() if key not in (*place, "mostly")}
        try:
            condition = validator.get_metric(configuration(f"{metric}.condition", domain, values))[0]
        except Exception as error:
            raise BrokenSuite(suite.path, rule.rule, str(error).strip().splitlines()[0]) from error
        yield RowRule(rule.rule, condition)


def _repeated(table: Table, columns: Sequence[str]) -> ColumnElement[bool]:
    """True for every row whose values in `columns`, all of them known, come more than once."""
    inner = table.alias("twice")
    twice = (
        select(*(inner.c[name] for name in columns))
        .where(and_(*(inner.c[name].is_not(None) for name in columns)))
        .group_by(*(inner.c[name] for name in columns))
        .having(func.count() > 1)
    )
    if len(columns) == 1:
        return func.coalesce(table.c[columns[0]].in_(twice), False)
    known = and_(*(table.c[name].is_not(None) for name in columns))
    return and_(known, or_(tuple_(*(table.c[name] for name in columns)).in_(twice)))
