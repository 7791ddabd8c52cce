"""From the files to what is live: the plan, its refusals, and its application; it moves nobody and sends nothing."""

from journey_engine.planning.applying import apply
from journey_engine.planning.changes import Change, Plan, PlanIsStale, Question, StepChange, WouldStrand
from journey_engine.planning.comparing import plan
from journey_engine.planning.definitions import NothingApplied, live_project

__all__ = [
    "Change",
    "NothingApplied",
    "Plan",
    "PlanIsStale",
    "Question",
    "StepChange",
    "WouldStrand",
    "apply",
    "live_project",
    "plan",
]
