# Needs Python >= 3.11 (with venv), make and git; everything else is installed into .venv.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v "$$python" && break; done)
# Tests run in this many processes: more than there are processors, because some of them wait.
PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))

# Compiled once, also where it is set, as in many containers: every process that tests start would compile all again.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help install develop test check format bench bench-scale crash backfill outage digests demo page types queries \
	screenshots stories lives timescale linked lock clean

help:
	@echo 'make demo     a sample company through the real webhook door, answered in the terminal and on a page'
	@echo 'make test     all tests (with COVERAGE=1: and which lines they reach; takes half as long again)'
	@echo 'make check    style and types'
	@echo 'make format   format the code'
	@echo 'make bench    measure this machine (minutes)'
	@echo 'make bench-scale  ask beside 1,000 repositories of three years, and beside a hundredth (BENCH_SCALE=0.1: a minute)'
	@echo 'make crash    kill -9 under load, again and again (minutes)'
	@echo 'make page     build the page of the demo (needs npm)'
	@echo 'make types    check what is sent to Slack against the types that it publishes (needs npm)'
	@echo 'make queries  check what GitHub is asked against the schema that it publishes (needs npm)'
	@echo 'make screenshots  make those of the documentation from the running demo (needs Chromium)'
	@echo 'make backfill  read 50 repositories of 90 days from either provider, killed ten times, and compare (minutes)'
	@echo 'make outage   six hours without a receiver, healed by the timers of a running server (minutes)'
	@echo 'make digests  kill -9 while digests are sent, 200 times, and 500 digests at once (half an hour)'
	@echo 'make stories  invent 2,000 histories and count them a second time (half an hour)'
	@echo 'make lives    invent 40 lives of a year and more, and look at each number years later (half an hour; with TIMESCALE_DSN there too)'
	@echo 'make linked   remember what linking finds in the stories, after RULES was raised'
	@echo 'make timescale  tests on hypertables: on TimescaleDB as WebAssembly (needs npm), or all on TIMESCALE_DSN'
	@echo 'make install  only what running needs, into .venv'
	@echo 'make develop  also what the tests need'
	@echo 'make lock     compile requirements.lock and tests/requirements.lock'
	@echo 'make clean    remove .venv and caches'

install: .venv/installed
develop: .venv/developed

demo: install
	@$(BIN)/devmetrics demo

test: develop
	$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal -m 'not slow' $(if $(COVERAGE),--cov --cov-report=term) $(ARGUMENTS)

check: develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: develop
	$(BIN)/python -m tests.benchmarks $(ARGUMENTS)

bench-scale: develop
	$(BIN)/python -m tests.benchmarks.scale $(ARGUMENTS)

crash: develop
	$(BIN)/python -m pytest -m slow tests/crash $(ARGUMENTS)

backfill: develop
	$(BIN)/python -m pytest -m slow tests/handlers/asking/test_killing.py $(ARGUMENTS)

# The community edition as WebAssembly, behind a bridge; with TIMESCALE_DSN more of them, on that server.
timescale: develop
	$(BIN)/python -m tests.timescale $(ARGUMENTS)

outage: develop
	$(BIN)/python -m pytest -m slow tests/bot/operator/test_outage.py $(ARGUMENTS)

digests: develop
	DEVMETRICS_DIGEST_ROUNDS=200 DEVMETRICS_DIGESTS=500 $(BIN)/python -m pytest tests/bot/digests/test_killing.py \
		tests/bot/digests/test_many.py $(ARGUMENTS)

stories: develop
	DEVMETRICS_STORIES=2000 $(BIN)/python -m pytest tests/stories/test_invented.py $(ARGUMENTS)

lives: develop
	DEVMETRICS_LIVES=$${DEVMETRICS_LIVES:-0-40} DEVMETRICS_LIFE_DAYS=$${DEVMETRICS_LIFE_DAYS:-400} \
		$(BIN)/python -m pytest -n $(PROCESSES) tests/stories/test_lives.py $(ARGUMENTS)

linked: develop
	DEVMETRICS_LINKED=write $(BIN)/python -m pytest tests/stories/test_linked.py $(ARGUMENTS)

page:
	cd bot/demo/page/source && npm ci --silent --no-audit --no-fund && npm run --silent build

types: develop
	cd tests/bot/slack/types && npm ci --silent --no-audit --no-fund
	$(BIN)/python -m tests.bot.slack.types
	cd tests/bot/slack/types && npm run --silent check

queries: develop
	cd tests/fakes/github/schema && npm ci --silent --no-audit --no-fund
	$(BIN)/python -m tests.fakes.github.schema

screenshots: develop
	$(BIN)/python -m tests.screenshots
	$(BIN)/python -m tests.bot.github_setup.screenshots

# For every platform and Python, with hashes, and without a word on where they were downloaded from.
lock: develop
	for extra in '' '--extra development'; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $$extra pyproject.toml \
			--output-file "$$(test -z "$$extra" || echo tests/)requirements.lock" || exit 1; \
	done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* *.egg-info build

.venv/bin/python:
	@if test -z '$(PYTHON)'; then \
		echo 'devmetrics needs Python 3.11 or newer with its venv module, and found none.' >&2; \
		echo 'Debian and Ubuntu: apt install python3 python3-venv. macOS: brew install python.' >&2; \
		echo 'When it is in an unusual place: make PYTHON=/path/to/python3.' >&2; \
		exit 1; \
	fi
	@echo "Making .venv with $(PYTHON)"
	@'$(PYTHON)' -m venv .venv

# A lock file is complete: nothing is left to resolve. Old versions of pip would, and take a newer version that has no hash
# for an extra (`coverage[toml]`): https://github.com/pypa/pip/issues/9644
.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo 'Installing what devmetrics needs (a minute on the first run)'
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/developed: tests/requirements.lock .venv/installed
	@echo 'Installing what its tests need'
	@$(PIP) install --no-deps --require-hashes -r tests/requirements.lock
	@touch $@
