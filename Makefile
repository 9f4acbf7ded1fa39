# make run · make test · make check. Everything a machine needs is installed by these targets, once.
PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
FLASK := FLASK_APP=run:app $(BIN)/flask
STAMPS := $(VENV)/.stamps

.PHONY: run test check e2e setup demo clean lock format translations bench-queue bench-bulk bench-pdf bench-export bench-startup bench-lists bench-forms bench-storm bench-rules

run: setup demo
	$(BIN)/python run.py

setup: $(STAMPS)/runtime $(STAMPS)/assets $(STAMPS)/translations
	$(FLASK) setup

demo: setup
	$(FLASK) demo

$(STAMPS)/venv:
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements/runtime.txt | $(STAMPS)/venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/runtime.txt
	touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/runtime
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	touch $@

$(STAMPS)/assets: package-lock.json tools/copy_vendor.mjs | $(STAMPS)/venv
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	node tools/copy_vendor.mjs
	touch $@

$(STAMPS)/translations: $(wildcard translations/*/LC_MESSAGES/messages.po) $(STAMPS)/runtime
	$(BIN)/pybabel --quiet compile --directory translations
	touch $@

# Chromium for end-to-end tests: Debian's package when root, Playwright's own otherwise.
$(STAMPS)/chromium: $(STAMPS)/dev
	tools/install_chromium.sh $(BIN)
	touch $@

tools-ready: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations $(STAMPS)/chromium

test: tools-ready
	$(BIN)/pytest tests --ignore tests/e2e -n 2 $(ARGS)
	$(BIN)/pytest tests/e2e -n 3 --dist loadfile $(ARGS)

e2e: tools-ready
	$(BIN)/pytest tests/e2e/$(or $(T),) $(ARGS)

check: tools-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(FLASK) types check
	tools/check_migrations.sh $(BIN)
	$(BIN)/python tools/check_translations.py
	$(MAKE) test
	tools/test_production.sh $(BIN)

format: $(STAMPS)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(STAMPS)/dev
	$(BIN)/python tools/check_translations.py --update

lock:
	rm -rf /tmp/shenbao-lock && $(PYTHON) -m venv /tmp/shenbao-lock
	/tmp/shenbao-lock/bin/pip install --quiet -r requirements/runtime.in && /tmp/shenbao-lock/bin/pip freeze > requirements/runtime.txt
	/tmp/shenbao-lock/bin/pip install --quiet -r requirements/dev.in && /tmp/shenbao-lock/bin/pip freeze > requirements/dev.txt

$(STAMPS)/bench: requirements/bench.txt $(STAMPS)/dev
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/bench.txt
	touch $@

bench-queue: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.queue
bench-bulk: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.bulk
bench-pdf: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.pdf
bench-export: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.export
bench-lists: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.lists
bench-forms: tools-ready $(STAMPS)/bench
	$(BIN)/python -m benchmarks.forms
bench-storm: tools-ready
	$(BIN)/python -m benchmarks.storm
bench-rules: tools-ready
	$(BIN)/python -m benchmarks.rules
bench-startup: tools-ready
	$(BIN)/python -m benchmarks.startup

clean:
	rm -rf instance
