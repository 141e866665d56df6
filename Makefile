# Every target works on a new machine: .venv is made where it is needed.
# Three lanes of tests, each holding the one before it:
#   check     lint, types, tests/contracts and tests/unit without what LONG names: before each commit
#   test      lint, types, and all tests that are not marked slow: what the README names
#   .ci/run   `test` in a fresh clone elsewhere, the light install, the site, and what is marked slow (over 3 s: whole studies, kills)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
# Side by side, one process a core, eight at most; tests/conftest.py gives each of them one thread.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

# Left out of `check`: what starts processes, trains, or draws many samples.
LONG := tests/unit/studies tests/unit/cli tests/unit/api tests/unit/data/test_splitting.py tests/unit/evaluation/test_compare.py tests/unit/test_public_names.py tests/unit/test_field_problem_words.py tests/unit/report tests/unit/results tests/unit/test_memory.py tests/unit/io/test_find_walks.py tests/unit/io/test_person_json.py tests/unit/identity tests/unit/serve tests/unit/district

.PHONY: demo check test slow lint light browser bench docs fuzz lowest clean

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $(READY)

demo: $(READY)
	$(BIN)/scoliogait demo --out demo

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks studies tools
	$(BIN)/ruff format --check src tests benchmarks studies tools
	$(BIN)/mypy

check: lint
	$(PYTEST) -m "not slow" $(LONG:%=--ignore %) tests/unit tests/contracts

test: lint
	$(PYTEST) -m "not slow"

slow: $(READY)
	$(PYTEST) -m slow

# The page of `serve` in a real browser: the Chromium of the system. Where there is none, the tests say so.
browser: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[browser]"
	$(BIN)/python -m pytest tests/integration/test_serve_browser.py

bench: $(READY)
	$(BIN)/python -m benchmarks

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	touch $(DOCS_READY)

# What screens without torch: the base and the extra runtime alone, in an environment of their own (0.8 GB).
light:
	test -x $(VENV)-light/bin/python || $(PYTHON) -m venv $(VENV)-light
	$(VENV)-light/bin/python -m pip install --quiet --constraint constraints.txt ".[runtime]"
	$(VENV)-light/bin/python -m tools.light_install

docs: $(DOCS_READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# Coverage-guided fuzzing of every reader, FUZZ_SECONDS each (60) or FUZZ_RUNS inputs; says so and does nothing where atheris does not install.
fuzz: $(READY)
	-$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[fuzz]"
	$(BIN)/python -m tools.fuzz

# The lowest versions that pyproject.toml allows, with Python 3.11 (some gigabytes: PyTorch comes as its index has it).
lowest:
	test -x $(VENV)-lowest/bin/python || python3.11 -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --constraint constraints-lowest.txt torch
	$(VENV)-lowest/bin/python -m pip install --quiet --constraint constraints-lowest.txt --editable ".[dev,wandb,formats,video,runtime]"
	$(VENV)-lowest/bin/python -m pytest

clean:
	rm -rf $(VENV) $(VENV)-light $(VENV)-lowest demo build dist site
