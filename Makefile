# `make help` lists what there is. The first call sets everything up: Python 3.11+ is all you need.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Peers that are not here are left out, and said so.
define DELIVERY
test -d benchmarks/delivery/nodemailer/node_modules/nodemailer || ! command -v npm >/dev/null \
  || npm ci --silent --ignore-scripts --prefix benchmarks/delivery/nodemailer || true; \
$(BIN)/python -m benchmarks.delivery
endef

.PHONY: help install demo test check fix preview pictures corpus bench bench-delivery \
  bench-delivery-full crash power-loss model hostile faults wheel lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'digest needs Python 3.11 or later; name one with: make PYTHON=python3.12 ...'; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing (a minute the first time) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

install: $(READY) ## Set up .venv with the pinned packages

demo: $(READY) ## Send the sample issue to a dozen sample subscribers and show the account
	@$(BIN)/digest check open-class
	@$(BIN)/digest subscribers import content/open-class/subscribers.sample.csv --newsletter open-class \
	  --consent 'made up for the sample' </dev/null
	@$(BIN)/digest send-now open-class --yes
	@$(BIN)/digest build open-class --out var/demo
	@echo 'Next: read the mails in var/captured, or open var/demo/index.html'

test: $(READY) ## Run the tests
	@sh tests/install.sh
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: $(READY) ## Check format, lint, types, imports, the sample and the wheel
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/digest check
	@PYTHON=$(BIN)/python sh tests/wheel.sh

fix: $(READY) ## Format, and mend what can be mended by a tool
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

preview: $(READY) ## See in a browser what every reader will get
	@$(BIN)/digest preview --open

pictures: $(READY) ## Photograph every mail into pictures/, hostile inboxes too (needs Chromium)
	@$(BIN)/python -m tests.browser.pictures

corpus: $(READY) ## Compare the MJML corpus with MJML 5 and in a browser (needs Node and Chromium)
	@test -d tests/corpus/node_modules/mjml || npm ci --silent --ignore-scripts --prefix tests/corpus
	@$(BIN)/python -m tests.corpus

bench: $(READY) ## Measure, beside named peers in the same run
	@$(BIN)/python -m benchmarks

bench-delivery: $(READY) ## Measure delivery beside its peers, in minutes (needs postfix's smtp-sink; Node, Go)
	@$(DELIVERY)

bench-delivery-full: $(READY) ## The same with the sizes of the goals: half an hour
	@$(DELIVERY) --full

crash: $(READY) ## Kill a send to 20,000 readers again and again, and look for anybody lost
	@$(BIN)/python -m tests.storm

power-loss: $(READY) ## Cut the power 200 times while an issue is frozen and sent (needs a C compiler)
	@$(BIN)/python -m tests.power

model: $(READY) ## Tell 3,000 stories of an engine in trouble, and look for a step that no model allows
	@MODEL_EXAMPLES=$${MODEL_EXAMPLES:-3000} $(BIN)/python -m pytest -q -s --timeout=7200 tests/engine

hostile: $(READY) ## Send 10,000 hostile bodies and names, and look for a byte that is not as it was
	@$(BIN)/python -m tests.hostile

faults: $(READY) ## Servers, passwords and readers that change their minds, with 20,000 readers
	@STORM_FULL=1 $(BIN)/python -m pytest -q -s --timeout=1800 tests/storm

wheel: $(READY) ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

lock: $(READY) ## Pin the dependencies again (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras pyproject.toml -o requirements.lock

clean: ## Remove what was built (not var/: that is data)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
