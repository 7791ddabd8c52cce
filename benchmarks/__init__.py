"""Ratios of the engine's operations to floors measured in the same run; it judges no speed and changes no engine."""
