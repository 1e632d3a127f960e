# Two commands do everything: `make chat` and `make test`. Both are safe to repeat.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Set TORCH_INDEX to PyTorch's own index for a CPU or CUDA build of your choice.
TORCH_INDEX ?=
EXTRA := $(shell nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: chat setup test fix bench clean

chat: setup
	@$(BIN)/assistant init
	@$(BIN)/assistant serve

setup: $(VENV)/.installed-$(EXTRA)

$(VENV)/.installed-$(EXTRA): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kefu needs Python 3.11 or newer; set PYTHON=python3.11 or the like."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing ($(EXTRA)); this takes some minutes the first time ..."
	$(PIP) -e '.[$(EXTRA)]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed-$(EXTRA)
	$(PIP) -e '.[$(EXTRA),test]'
	@touch $@

test: $(VENV)/.installed-test
	@sh tests/find_browser.sh
	$(BIN)/ruff check .
	$(BIN)/python -m pytest tests --ignore=tests/benchmarks

fix: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-test
	@for f in tests/benchmarks/bench_*.py; do echo "== $$f"; $(BIN)/python -m tests.benchmarks.$$(basename $$f .py) || exit 1; done

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './data/home/*' -prune -exec rm -rf {} +
