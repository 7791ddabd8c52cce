# Each target sets itself up: the first one called makes .venv with the pinned packages.
.PHONY: help demo test long mutants chaos lint format bench receive stop
.DEFAULT_GOAL := help
export PYTHON
RUN := .venv/bin
# Where the environment forbids to write bytecode each run would compile all tests anew, in each process.
PYTEST := PYTHONDONTWRITEBYTECODE= $(RUN)/pytest

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

demo:  ## fourteen nights of a real grocer's year, from raw files to LINE; services stay up
	@.ci/venv local,demo,reports
	@$(RUN)/journeys demo

test:  ## the whole test suite, on every core
	@.ci/venv
	@$(PYTEST) -n auto

long:  ## the same with all that it plays in a slice: the fortnight, the real files, ten times the drawn examples
	@.ci/venv
	@LONG_TESTS=1 $(PYTEST) -n auto

mutants:  ## rules of the engine are broken one by one; the tests must notice
	@.ci/venv
	@$(RUN)/python -m tests.mutants

chaos:  ## 2,000 runs in which senders die, LINE fails, databases stop; judged by the ledger of the sandbox
	@.ci/venv
	@$(RUN)/python -m tests.chaos

lint:  ## format, rules, types, import contracts
	@.ci/venv
	@failed=0; for check in "ruff format --check ." "ruff check ." pyright lint-imports; do \
	    echo "$$check"; $(RUN)/$$check || failed=1; \
	done; exit $$failed

format:  ## let ruff write what it can
	@.ci/venv
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

# How many members they are measured over: make bench SIZES=50k, or SIZES=100k,1M,5M.
SIZES ?= 1M
bench:  ## ratios against floors measured in the same run, over a million members; fewer with SIZES=50k
	@.ci/venv
	@$(RUN)/python -m benchmarks --sizes $(SIZES)
	@$(RUN)/python -m benchmarks.ageing
	@$(RUN)/python -m benchmarks.delivery --write
	@$(RUN)/python -m benchmarks.workers --write

receive:  ## 500 webhook requests a second for a minute while the receiver is killed twice; nothing acknowledged is lost
	@.ci/venv
	@$(RUN)/python -m benchmarks.receiving

stop:  ## stop every service of this checkout, whose data stays, and the tests' database
	@if [ -x $(RUN)/journeys ]; then $(RUN)/journeys stop && $(RUN)/python -m tests.databases; fi
