# The commands of this project. `make` without a target lists them.
.PHONY: help run test test-slow docs check format chaos fuzz bench bench-peers bench-adapters

# Allow Python to write byte code. Otherwise each process that the tests start would compile Threadkeep again.
export PYTHONDONTWRITEBYTECODE =

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

run: ## start the service on http://127.0.0.1:8000, with its data in ./threadkeep-data
	@.ci/environment embedded
	@exec .venv/bin/threadkeep serve

# Three workers, even on two cores, because each worker waits for a fifth of the time.
test: ## run the test suite: every behaviour, in short form
	@.ci/environment test
	@.venv/bin/pytest -n 3 --dist loadscope $(ARGS)

test-slow: ## run the tests that `make test` leaves out, except `make chaos`
	@.ci/environment test
	@.venv/bin/pytest -n 3 --dist loadscope -m "slow and not chaos" --hypothesis-profile=long $(ARGS)

# One process, because several would write into one page.
docs: ## write the outputs that the pages show anew, by running the commands above them
	@.ci/environment test
	@THREADKEEP_TEST_RECORD=1 .venv/bin/pytest -p no:randomly -m "not chaos" tests/docs/test_code_blocks.py tests/services/analytics/test_cookbook.py tests/benchmarks/test_report.py
	@THREADKEEP_TEST_RECORD=1 .venv/bin/pytest -m chaos tests/context/test_prefix_stability.py

check: ## check style, formatting and types
	@.ci/environment dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: ## format the code and fix style errors
	@.ci/environment dev
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

chaos: ## run the fault tests for long; `make test` runs them briefly
	@.ci/environment test
	@.venv/bin/pytest -m chaos --timeout 0

fuzz: ## try the properties of windows on a million histories; ARGS="--examples 10000" is short
	@.ci/environment test
	@.venv/bin/python -m threadkeep.tests.context.properties $(ARGS)

bench: ## compare the speed with the bare driver; ARGS=--help lists options
	@.ci/environment bench
	@.venv/bin/python -m threadkeep.benchmarks $(ARGS)

bench-peers: ## compare with other libraries that store conversations in MongoDB
	@.ci/environment bench-peers
	@.venv/bin/python -m threadkeep.benchmarks --only peers $(ARGS)

bench-adapters: ## compare the adapters with the stores that two agent frameworks bring
	@.ci/environment bench-adapters
	@.venv/bin/python -m threadkeep.benchmarks --only adapters $(ARGS)
