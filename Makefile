# Radiograph. `make demo` shows it, `make test` tests it; neither needs more than git, make and Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check bench browser clients console format env env-demo env-bench clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env-demo:
	@$(PYTHON) tools/venv.py tools/requirements-demo.txt

env:
	@$(PYTHON) tools/venv.py tools/requirements-dev.txt

demo: env-demo  ## install, start Radiograph, run the shop under load, print the console's address
	@$(BIN)/radiograph demo $(ARGS)

test: env  ## install and run the tests
	@$(BIN)/pytest -m "not clients and not browser" $(ARGS)

check: env  ## lint, types, formatting, import floors; the console's lint, types and unit tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q server/tests/test_floors.py
	@$(BIN)/python server/console_build.py --run check

format: env  ## format and mend what ruff and Biome can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python server/console_build.py --run format

console: env  ## build the console into the server's package (test and demo do it by themselves)
	@$(BIN)/python server/console_build.py

env-bench:
	@$(PYTHON) tools/venv.py tools/requirements-bench.txt

bench: env-bench  ## measure ingest, disk, queries, the daemon's door and the SDKs (about 10 minutes)
	@$(BIN)/python -m benchmarks $(ARGS)

browser: env  ## test the console in a real browser (Chromium must be installed)
	@$(BIN)/pytest -m browser $(ARGS)

clients: env  ## run the real foreign SDKs, the official daemon and PostgreSQL against Radiograph
	@$(BIN)/pytest -m clients $(ARGS)

clean:  ## remove what make made
	rm -rf .venv .cache console/node_modules server/src/radiograph/_console
