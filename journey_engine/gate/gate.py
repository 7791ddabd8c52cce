"""Great Expectations on a staging table, in SQL: outcomes of rules about the whole, conditions of rules about rows.

It changes nothing. GX is imported when the first batch is judged (3 to 6 s, 240 MB). Rules about rows are only compiled
here: counting them and setting their rows aside is one pass of ours over the table, where GX would scan it for each.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from sqlalchemy import URL, ColumnElement, Table, and_
from sqlalchemy.util import LRUCache

from journey_engine.gate.mistakes import BrokenSuite
from journey_engine.gate.row_rules import RowRule, concerned, repeated, unlike
from journey_engine.gate.suites import OURS, Expectation, Suite
from journey_engine.gate.verdict import Outcome

# GX decides these with window counts in a subquery of its own; ours is one hashed list of the values that come twice.
_UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")
_LIKE = "expect_column_values_to_match_regex"
# What GX makes of these rests on nothing but what the rule says: no figure of the table stands in it, nor its name.
_PLAIN = (
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_not_match_regex",
    "expect_column_value_lengths_to_be_between",
)
_made = LRUCache[str, ColumnElement[bool]](500)  # what it made of them, by type and kwargs
_PLACE = ("column", "column_A", "column_B", "column_list", "row_condition", "condition_parser", "ignore_row_if")


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcomes of the rules about the whole batch by their words, and the rules about rows as conditions."""

    outcomes: dict[str, Outcome]
    rows: tuple[RowRule, ...]


def judge(url: URL, table: Table, suite: Suite, parameters: dict[str, float]) -> Judged:
    """Run the suite's rules of GX on a committed table; `parameters` are what `$PARAMETER` in kwargs may name.

    Raises BrokenSuite for a rule that GX could not work out: GX returns those as failures.
    """
    asked = [rule for rule in suite.expectations if rule.type not in OURS]
    if not asked:
        return Judged({}, ())
    metrics = {rule.rule: _metric(suite, rule) for rule in asked}
    whole = [rule for rule in asked if metrics[rule.rule] is None]
    about_rows = [(rule, metric) for rule in asked if (metric := metrics[rule.rule]) is not None]
    with closing(_Session(url, table, f"{suite.name} as a whole", whole)) as session:
        conditions = _conditions(table, about_rows, session)
        rows = tuple(_row_rule(suite, table, rule, metric, conditions, session) for rule, metric in about_rows)
        result = session.validator.validate(result_format="BASIC", suite_parameters=parameters) if whole else None
    by_rule = {entry.expectation_config.meta["rule"]: entry for entry in (result.results if result else ())}
    return Judged({rule.rule: _outcome(suite, rule, by_rule.get(rule.rule)) for rule in whole}, rows)


class _Session:
    """GX beside a table, opened when it is first asked: two sessions of the database, and a look at its catalog."""

    def __init__(self, url: URL, table: Table, name: str, whole: Sequence[Expectation]) -> None:
        self._url, self._table, self._name, self._whole = url, table, name, whole
        self._source: Any = None

    @cached_property
    def validator(self) -> Any:
        """Of the rules about the whole; it also says what the others are as conditions."""
        gx = _gx()
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = _no_bars()
        context.variables.save = _nowhere
        address = _within(self._url, self._table.schema or "public")
        self._source = context.data_sources.add_postgres("staging", connection_string=address)
        asset = self._source.add_table_asset("batch", table_name=self._table.name)
        request = asset.add_batch_definition_whole_table("all").build_batch_request()
        about = gx.ExpectationSuite(name=self._name, expectations=[_as_gx(rule) for rule in self._whole])
        return context.get_validator(batch_request=request, expectation_suite=context.suites.add(about))

    def close(self) -> None:
        if self._source is not None:
            self._source.get_engine().dispose()


def ready() -> None:
    """Load Great Expectations, which takes two seconds, while there is nothing else to do."""
    _gx()


@cache
def _gx() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports modules that Python has deprecated
        return import_module("great_expectations")


def _module(name: str) -> Any:
    _gx()  # first, without its warnings
    return import_module(f"great_expectations.{name}")


def _no_bars() -> Any:
    return _module("data_context.types.base").ProgressBarsConfig(globally=False)


def _nowhere() -> None:
    """An ephemeral context is kept nowhere; GX would still write it as YAML for each thing that is added to it."""


def _within(url: URL, schema: str) -> str:
    """The database's address for a session that sees this schema; GX is told a schema that way."""
    said = url.query.get("options", "")
    options = f"{said if isinstance(said, str) else ' '.join(said)} -c search_path={schema} -c timezone=UTC".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _as_gx(rule: Expectation) -> dict[str, Any]:
    return {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": {"rule": rule.rule}}


def _metric(suite: Suite, rule: Expectation) -> str | None:
    """The metric of a rule about rows, None for one about the whole. Raises BrokenSuite if GX does not take it."""
    module = _module("expectations.expectation_configuration")
    try:
        made = module.ExpectationConfiguration(type=rule.type, kwargs=rule.kwargs).to_domain_obj()
    except Exception as error:
        raise BrokenSuite(suite.path, rule.rule, _in_a_line(error)) from error
    return getattr(made, "map_metric", None)


def _in_a_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ", ".join(lines[:3]) or type(error).__name__


def _outcome(suite: Suite, rule: Expectation, entry: Any) -> Outcome:
    """GX's result in our words. Raises BrokenSuite if GX caught an exception in it."""
    if entry is None:
        raise BrokenSuite(suite.path, rule.rule, "Great Expectations gave no result for it")
    error = _exception(entry.exception_info or {})
    if error:
        raise BrokenSuite(suite.path, rule.rule, error)
    result: dict[str, Any] = entry.result or {}
    observed = result.get("observed_value")
    return Outcome(
        rule=rule.rule,
        title=rule.title,
        severity=rule.severity,
        passed=bool(entry.success),
        observed="" if observed is None else str(observed),
        column=", ".join(rule.columns),
    )


def _exception(info: dict[str, Any]) -> str:
    """The message of the exception GX caught, wherever in its two forms it put it; empty if there was none."""
    found: list[dict[str, Any]] = [info, *(value for value in info.values() if isinstance(value, dict))]
    for entry in found:
        if entry.get("raised_exception") or (entry is not info and entry.get("exception_message")):
            return (str(entry.get("exception_message") or "").strip().splitlines() or ["unknown error"])[0]
    return ""


def _conditions(
    table: Table, asked: Sequence[tuple[Expectation, str]], session: _Session
) -> dict[str, ColumnElement[bool]]:
    """What GX makes of rules about rows, by their words, asked all at once: for each question it reads the catalog.

    Rules of ours and those that it cannot work out are left out.
    """
    theirs = [(rule, metric) for rule, metric in asked if rule.type not in _UNIQUE and _unlike(table, rule) is None]
    plain = {rule.rule: json.dumps([rule.type, rule.kwargs]) for rule, _ in theirs if rule.type in _PLAIN}
    found = {words: _made[said] for words, said in plain.items() if said in _made}
    configured = {rule.rule: _configured(rule, metric) for rule, metric in theirs if rule.rule not in found}
    if configured:
        worked_out, _ = session.validator.compute_metrics(list(configured.values()))
        found |= {words: worked_out[each.id][0] for words, each in configured.items() if each.id in worked_out}
    _made.update({said: found[words] for words, said in plain.items() if words in found})
    return found


def _configured(rule: Expectation, metric: str) -> Any:
    """A rule's condition as GX is asked for it. `map_metric` and `.condition` are semi-internal: pinned and tested."""
    values = {key: value for key, value in rule.kwargs.items() if key not in (*_PLACE, "mostly")}
    kind = _module("validator.metric_configuration").MetricConfiguration
    return kind(f"{metric}.condition", _domain(rule), values)


def _domain(rule: Expectation) -> dict[str, Any]:
    return {key: value for key, value in rule.kwargs.items() if key in _PLACE}


def _unlike(table: Table, rule: Expectation) -> ColumnElement[bool] | None:
    return unlike(table.c[rule.columns[0]], str(rule.kwargs.get("regex"))) if rule.type == _LIKE else None


def _row_rule(
    suite: Suite,
    table: Table,
    rule: Expectation,
    metric: str,
    conditions: Mapping[str, ColumnElement[bool]],
    session: _Session,
) -> RowRule:
    """A rule about rows as a condition. Raises BrokenSuite for one that GX could not work out."""
    try:
        where = _where(session, _domain(rule))
        about = concerned(table, rule) if where is None else and_(concerned(table, rule), where)
        broken = _unlike(table, rule) if rule.type not in _UNIQUE else repeated(table, rule.columns, where)
        if broken is None:
            broken = conditions.get(rule.rule)
        if broken is None:
            broken = session.validator.get_metric(_configured(rule, metric))[0]  # raises what is wrong with it
    except Exception as error:
        raise BrokenSuite(suite.path, rule.rule, _in_a_line(error)) from error
    return RowRule(rule.rule, and_(about, broken), about, rule)


def _where(session: _Session, domain: dict[str, Any]) -> ColumnElement[bool] | None:
    """A rule's `row_condition` as GX reads it: GX puts it into what it selects from, and not into the condition."""
    if domain.get("row_condition") is None:
        return None
    asked = {key: value for key, value in domain.items() if key in ("row_condition", "condition_parser")}
    return session.validator.execution_engine.get_domain_records(asked).whereclause
