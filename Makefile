# All set-up is done by the targets themselves; what they need first is python3 >= 3.11 and make.

VENV    := .venv
ORACLES := .venv-oracles
PEERS   := .venv-peers
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready

# The first Python that is new enough and can make an environment (Debian splits ensurepip off).
FIND_PYTHON = for python in python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    command -v $$python; exit 0; fi; done; \
	echo 'warraq needs Python 3.11 or newer with venv.' >&2; \
	echo 'Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13' >&2; exit 1

.PHONY: help install replay demo test quick kill check format docs licences oracles peers training constraints clean

help:
	@echo 'make demo    try everything on a small news site, without the internet'
	@echo 'make test    all tests'
	@echo 'make replay  fetch ReplayWeb.page by npm: warraq replay then runs pages with their scripts, too'
	@echo 'make quick   the tests that take no real processes'
	@echo 'make kill    the tests that kill -9 crawls and imports, a hundred times each (half an hour)'
	@echo 'make check   lint, format, types, layers, licences, generated documents'
	@echo 'make format  format the code'
	@echo 'make docs    write docs/commands.md anew'
	@echo 'make training  install what python -m training needs'
	@echo 'make peers   install what python -m benchmarks.extraction compares with'
	@echo 'make clean   remove the environments and caches'

install: $(READY)

$(READY): pyproject.toml constraints.txt
	@set -e; if [ ! -x $(BIN)/python ]; then \
	  python=$$($(FIND_PYTHON)); echo "Making $(VENV) with $$python ..."; "$$python" -m venv $(VENV); fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)
	@$(BIN)/warraq demo

replay: $(READY)
	@$(BIN)/python -m crawler.cli.player

test: $(READY)
	$(BIN)/pytest

quick: $(READY)
	$(BIN)/pytest -m 'not slow and not oracle'

kill: $(READY)
	WARRAQ_KILL_ROUNDS=100 $(BIN)/pytest tests/acceptance/test_kill*.py

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/licences.py
	$(BIN)/python -m crawler.cli.reference --check

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python -m crawler.cli.reference

# Peers that the WARCs are read with, in an environment of their own: their pins are not ours.
oracles: $(ORACLES)/.ready

$(ORACLES)/.ready: constraints-oracles.txt
	@set -e; if [ ! -x $(ORACLES)/bin/python ]; then \
	  python=$$($(FIND_PYTHON)); "$$python" -m venv $(ORACLES); fi
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check --requirement constraints-oracles.txt
	@touch $@

# Peers that extraction is measured beside, and the plot's library. Without resolving: the list is complete.
peers: $(PEERS)/.ready

$(PEERS)/.ready: constraints-peers.txt
	@set -e; if [ ! -x $(PEERS)/bin/python ]; then \
	  python=$$($(FIND_PYTHON)); "$$python" -m venv $(PEERS); fi
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement constraints-peers.txt
	@touch $@

# What `python -m training` needs, beside what runs: see training/README.md.
training: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[training]'

constraints: $(READY)
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | grep -v '^#'; } > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(ORACLES) $(PEERS) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
