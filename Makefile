# Everything makes its own set-up: on a fresh machine, `make demo` and `make test` are the first two commands.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 2

# A stamp each: a second call is instant, a changed pyproject.toml or constraints.txt installs anew.
BASE  := $(VENV)/.installed-base
TEST  := $(VENV)/.installed-test
BENCH := $(VENV)/.installed-bench
PINS  := pyproject.toml constraints.txt

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test check bench faults format bless screenshots constraints clean
.DEFAULT_GOAL := help

help:  ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "planet-digest needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

$(BASE): $(BIN)/python $(PINS)
	$(PIP) --editable .
	@touch $@

$(TEST): $(BIN)/python $(PINS)
	$(PIP) --editable '.[test]'
	@touch $(BASE) $@

$(BENCH): $(BIN)/python $(PINS)
	$(PIP) --editable '.[test,bench]'
	@touch $(BASE) $(TEST) $@

demo: $(BASE)  ## a whole night on the sample feeds, into a local outbox, and where to look
	$(BIN)/digest demo demo

test: $(TEST)  ## every test, in random order, under branch coverage
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-config=pyproject.toml --cov-report=term $(ARGS)

check: $(TEST)  ## the gates: style, types, layers, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python -m tests.house.sizes

bench: $(BENCH)  ## the numbers of benchmarks/, as ratios against what people use
	$(BIN)/python -m benchmarks $(ARGS)

faults: $(TEST)  ## kill -9 two hundred times while 2,000 mails leave, twice over, and print what came of it
	$(BIN)/python -m tests.faults $(ARGS)

format: $(TEST)  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bless: $(TEST)  ## keep the golden issues as they are made now, and print what changed in them
	$(BIN)/python -m tests.issues.bless $(ARGS)

screenshots: $(TEST)  ## the golden issues as pictures, at three widths, light and dark
	$(BIN)/python -m tests.issues.screenshots screenshots $(ARGS)

constraints: $(BENCH)  ## write constraints.txt from what is installed and was tested
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude planet-digest; } > constraints.new
	mv constraints.new constraints.txt

clean:  ## forget what tools left behind; the environment stays
	rm -rf build dist screenshots .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis
