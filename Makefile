# Two commands are enough: `make demo` and `make test`. Each does all its own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Passed on to the program: make demo ARGS="--people 20000"
ARGS ?=
# Passed on to pytest: make test PYTEST_ARGS="tests/rules -x". Two processes by default, each with a server of its own.
PYTEST_ARGS ?= -n 2
# make lock UPGRADE=--upgrade takes the newest versions
UPGRADE ?=

BUNDLE := src/tongxin/web/static/tongxin/main.js
BUNDLE_SOURCES := $(shell find src/tongxin/web/ts -type f 2>/dev/null) package.json package-lock.json tools/bundle.py
CATALOGUES := $(wildcard src/tongxin/locale/*/LC_MESSAGES/django.po)
COMPILED := $(CATALOGUES:.po=.mo)

.PHONY: help setup demo test check bench lock messages rules bundle browser clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(VENV)/.installed $(BUNDLE) $(COMPILED) ## install everything into .venv

demo: setup ## a simulated city and its pages; ARGS are those of `tongxin demo`
	$(BIN)/tongxin demo $(ARGS)

test: setup browser check ## all checks and tests; PYTEST_ARGS are those of pytest
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup ## style, types, who imports whom
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo
	$(BIN)/python tools/bundle.py types

bench: setup ## measure; NAME is the benchmark's: make bench NAME=ingest
	$(BIN)/tongxin bench $(NAME) $(ARGS)

messages: $(VENV)/.installed ## find the texts to translate, bring the catalogues up to date
	$(BIN)/python tools/messages.py extract

rules: setup ## docs/rules: the policy packs and decision tables, to read and to sign
	$(BIN)/python tools/rules.py write

bundle: $(VENV)/.installed ## build the pages' script and style
	$(BIN)/python tools/bundle.py build

lock: $(VENV)/.installed ## make the lock files again after a change of pyproject.toml or package.json
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra test --group build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--quiet $(UPGRADE) --output-file requirements.lock
	$(BIN)/python tools/bundle.py lock

browser: $(VENV)/.installed
	@$(BIN)/python tools/setup_browser.py

clean: ## remove everything that make has made; a city's data are elsewhere and stay
	rm -rf $(VENV) node_modules $(dir $(BUNDLE)) $(COMPILED) build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1), but 3.11 or newer is needed: install it, then make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make a virtual environment: install its venv package (Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.locked: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(BUNDLE): $(BUNDLE_SOURCES) | $(VENV)/.installed
	$(BIN)/python tools/bundle.py build

src/tongxin/locale/%/LC_MESSAGES/django.mo: src/tongxin/locale/%/LC_MESSAGES/django.po | $(VENV)/.installed
	$(BIN)/python tools/messages.py compile
