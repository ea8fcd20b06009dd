# `make` alone lists what can be made.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: some tests wait for a server or a disk meanwhile.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help demo test lint types unit soak bench goldens pictures reference faults datasette-next clean

help: ## list the recipes
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.installed ## run the whole job on the shipped issue, on this machine alone
	$(BIN)/newsletter demo --yes

test: $(VENV)/.dev system lint types unit ## make the environment, then check everything

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

unit: $(VENV)/.dev
	$(BIN)/pytest -m "not soak" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.dev ## the long proofs: many kills of a sending process
	$(BIN)/pytest -m soak -rA

# Each by itself: where one is not as wanted, the others are measured too, and it is named in the end.
bench: $(VENV)/.dev system ## measure: composing, checking, starting, the preview; import, pages and audience at a million; sending, serving
	@failed=; of() { echo; echo "benchmarks/$$*"; $(BIN)/python benchmarks/$$* || failed="$$failed $$1"; }; \
	of compose.py; of check.py; of start.py; of preview.py; of import.py; \
	of browse.py build/large; of audience.py build/large; \
	of sending.py; of serving.py; of queueing.py build/queueing; \
	[ -z "$$failed" ] || { echo "NOT AS WANTED:$$failed"; exit 1; }

goldens: $(VENV)/.dev ## rewrite the expected outputs after a wanted change; read the diff
	$(BIN)/pytest tests/edition --update-goldens -q

pictures: $(VENV)/.dev system ## photograph the emails in every theme, width and light, into build/pictures
	$(BIN)/python tests/pictures.py

datasette-next: $(VENV)/.dev ## say which pages break on the newest pre-release of Datasette; fails nothing
	$(BIN)/python tests/datasette_next.py

reference: $(VENV)/.dev ## write docs/commands.md from the commands' own help
	$(BIN)/python -m newsletter.cli.reference > docs/commands.md

faults: $(VENV)/.dev ## write the tables of what becomes of each fault of a mail server into docs/outbox.md
	$(BIN)/python tests/outbox/write_tables.py

clean: ## remove the environment and what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Chromium and Postfix take part in the tests; where apt may not be used, those tests say that they were skipped.
.PHONY: system
system:
	@sh tests/system-packages.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "newsletter needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
