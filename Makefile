# The commands that people and CI share: each is a script in scripts/, and makes .venv when it has
# to. PYTHON=/path/to/python3 chooses the interpreter of a new .venv; ARGS="..." is handed on.

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench chaos docs clean
MAKEFLAGS += --no-print-directory
export PYTHON

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## Start a server with a simulated carrier, play a masked conversation and a masked call
	@scripts/setup demo
	@.venv/bin/maskline demo $(ARGS)

test: ## Lint, run the whole test suite, and hold the rules to full coverage
	@scripts/setup dev
	@scripts/install-programs
	@failed=; scripts/check || failed=lint; scripts/test $(ARGS) || failed="$$failed tests"; \
	if [ -n "$$failed" ]; then echo "make test: failed: $$failed" >&2; exit 1; fi

lint: ## Check style, types and import layers
	@scripts/setup dev
	@scripts/check

format: ## Put the code in the house's style
	@scripts/setup dev
	@scripts/format

bench: ## Run the benchmarks, each beside its control
	@scripts/setup dev
	@.venv/bin/python -m bench $(ARGS)

chaos: ## Play what goes wrong at length, and see that no message is lost
	@scripts/setup dev
	@scripts/install-programs
	@.venv/bin/python -m tests.chaos $(ARGS)

docs: ## Write the generated pages of docs/ anew
	@scripts/setup dev
	@scripts/docs

clean: ## Remove .venv and the caches
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage console/node_modules
