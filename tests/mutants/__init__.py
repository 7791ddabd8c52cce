"""Single-rule mutants of the engine: each breaks one rule, and the tests that state the rule must notice."""
