# Every command of this project; `make` alone lists them.
.PHONY: help run test check format chaos bench bench-peers

# Where writing byte code is forbidden, each of the many processes that the tests start would compile Threadkeep again.
export PYTHONDONTWRITEBYTECODE =

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: ## start the service on http://127.0.0.1:8000, its data in ./threadkeep-data
	@.ci/environment embedded
	@exec .venv/bin/threadkeep serve

# Three workers, also on two cores: a fifth of the time they wait.
test: ## run the whole suite
	@.ci/environment test
	@.venv/bin/pytest -n 3 --dist worksteal

check: ## lint, formatting, types
	@.ci/environment dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: ## put the code into shape
	@.ci/environment dev
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

chaos: ## the long runs of the fault tests, which `make test` keeps short
	@.ci/environment test
	@.venv/bin/pytest -m chaos --timeout 0

bench: ## measure speed beside the bare driver; ARGS=--help says more
	@.ci/environment bench
	@.venv/bin/python -m threadkeep.benchmarks $(ARGS)

bench-peers: ## the same beside other libraries that keep conversations in MongoDB
	@.ci/environment bench-peers
	@.venv/bin/python -m threadkeep.benchmarks --only peers $(ARGS)
