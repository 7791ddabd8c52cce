"""Fixtures of the sandbox's tests."""

from tests.sandbox_fixtures import line, sandbox

__all__ = ["line", "sandbox"]
