"""What holds between the words of all files, one kind of file a module; each gives problems and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from journey_engine.language.checks.coupons import coupon_problems
from journey_engine.language.checks.declared import declared_problems
from journey_engine.language.checks.feeds import feed_problems
from journey_engine.language.checks.files import file_problems
from journey_engine.language.checks.journeys import journey_problems
from journey_engine.language.checks.messages import message_problems
from journey_engine.language.checks.replies import reply_problems
from journey_engine.language.checks.scenarios import scenario_problems
from journey_engine.language.checks.scores import score_problems
from journey_engine.language.checks.surveys import survey_problems
from journey_engine.language.gather import Gathered
from journey_engine.language.places import Problem

CHECKS: tuple[Callable[[Gathered], list[Problem]], ...] = (
    file_problems,
    declared_problems,
    score_problems,
    feed_problems,
    coupon_problems,
    reply_problems,
    survey_problems,
    message_problems,
    journey_problems,
    scenario_problems,
)
