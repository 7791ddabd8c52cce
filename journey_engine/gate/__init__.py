"""What may come in: suites, rules, verdicts, holds and the rows set aside; it lands nothing."""
