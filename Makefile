# Radiograph. `make demo` shows it, `make test` tests it; neither needs more than git, make and Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check bench clients format env env-demo clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env-demo:
	@$(PYTHON) tools/venv.py tools/requirements-demo.txt

env:
	@$(PYTHON) tools/venv.py tools/requirements-dev.txt

demo: env-demo  ## install, start Radiograph, run the shop under load, print the console's address
	@$(BIN)/radiograph demo $(ARGS)

test: env  ## install and run the tests
	@$(BIN)/pytest -m "not clients" $(ARGS)

check: env  ## lint, types, formatting, import floors
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q server/tests/test_floors.py

format: env  ## format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: env  ## measure ingest, disk, queries and the daemon's door (about 10 minutes)
	@$(BIN)/python -m benchmarks $(ARGS)

clients: env  ## run the real foreign SDKs, the official daemon and PostgreSQL against Radiograph
	@$(BIN)/pytest -m clients $(ARGS)

clean:  ## remove what make made
	rm -rf .venv .cache
