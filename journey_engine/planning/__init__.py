"""From the files to what is live: the plan, its questions, and its application; it takes no step and sends nothing."""

from journey_engine.planning.answering import answered
from journey_engine.planning.applying import apply
from journey_engine.planning.changes import Change, Plan, PlanIsStale, Question, StepChange, WouldStrand
from journey_engine.planning.comparing import plan
from journey_engine.planning.definitions import NothingApplied, live_project, live_versions
from journey_engine.planning.keeping import Applied, as_of, history, load, save

__all__ = [
    "Applied",
    "Change",
    "NothingApplied",
    "Plan",
    "PlanIsStale",
    "Question",
    "StepChange",
    "WouldStrand",
    "answered",
    "apply",
    "as_of",
    "history",
    "live_project",
    "live_versions",
    "load",
    "plan",
    "save",
]
