"""Chaos: senders die, LINE fails, the database stops, clocks jump; the sandbox's ledger judges what came of it.

python -m tests.chaos                          2,000 seeded runs and a report
python -m tests.chaos --runs 200 --seed 7      as many, drawn anew
python -m tests.chaos --seed 7 --only 131      one of them, told step by step
"""
