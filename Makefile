# Comity. `make demo` and `make test` do all set-up on a fresh Debian machine.

DB ?= sqlite postgresql
WORKERS ?= 2
PYTEST ?= -q -n $(WORKERS)
ONCE ?=
ONLY ?=
DATA ?= ../shared/data
NAME_BENCH ?=
SIZE ?= 100000
MINUTES ?=
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test check lint soak bench bench-match bench-probe mutation lock openapi rules roles translations run-venv dev-venv system

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24
	@echo
	@echo '  make demo ONCE=1      play the story, verify the evidence, end'
	@echo '  make test DB=sqlite   one database only;  PYTEST="-k words"  some tests only'
	@echo '  make soak ONLY="tests/processes tests/storage"  some of the longer runs only'

demo: run-venv ## Two nodes on this machine: the story, then both desks until Ctrl-C
	@$(PY) -m comity.cli demo play $(if $(ONCE),--once)

test: dev-venv system ## All tests, on SQLite and on PostgreSQL
	@tools/test.sh "$(DB)" $(PYTEST)

check: dev-venv system ## What CI runs: style, types, layers, drift, all tests
	@$(MAKE) --no-print-directory lint; lint=$$?; tools/test.sh "$(DB)" $(PYTEST); tests=$$?; \
	    [ $$lint = 0 ] || echo 'lint: failed, see above'; [ $$lint = 0 ] && [ $$tests = 0 ]

lint: dev-venv ## Style, types and layers
	@status=0; \
	for step in "-m ruff check ." "-m ruff format --check -q ." "-m mypy" ".venv/bin/lint-imports"; do \
	    echo "$(PY) $$step"; $(PY) $$step || status=1; \
	done; exit $$status

soak: dev-venv system ## The longer runs: more examples, more kills, more power cuts
	HYPOTHESIS_PROFILE=soak tools/test.sh "$(DB)" -q -n $(WORKERS) -m "slow or not slow" $(ONLY)

bench: dev-venv system ## Measure the exchange and write bench/results
	$(PY) -m bench.exchange

bench-match: dev-venv ## Measure the matcher beside others (DATA=folder NAME_BENCH=folder)
	@tools/peers.sh
	$(PY) -m bench.match $(DATA) $(if $(NAME_BENCH),--name-bench $(NAME_BENCH))

bench-probe: dev-venv ## Measure the private search between two nodes (SIZE=persons)
	$(PY) -m bench.probe --persons $(SIZE)

mutation: dev-venv ## Put faults into the policy and count those that its tests notice (MINUTES=at most)
	$(PY) -m bench.mutation $(MINUTES)

lock: dev-venv ## Resolve the dependencies anew
	tools/lock.sh

openapi: dev-venv ## Write docs/openapi.json anew
	$(PY) -m comity.api.document > docs/openapi.json

rules: dev-venv ## Write docs/rules.md anew from the tests of the rules
	$(PY) -m tests.rules > docs/rules.md

roles: dev-venv ## Write docs/roles.md anew from the table of who may do what
	$(PY) -m tests.roles > docs/roles.md

translations: dev-venv ## Collect and compile the messages of the desk
	tools/translations.sh

run-venv:
	@tools/venv.sh run

dev-venv:
	@tools/venv.sh dev

system:
	@tools/system.sh $(DB)
