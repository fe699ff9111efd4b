# Everything a fresh machine needs is Python 3.11 or later and make: `make demo`, `make test`.

PYTHON ?= python3
BIN = .venv/bin
BENCH_JSON ?= bench.json
# Tests of one file stay together: they share processes and clusters. `make test SIDE_BY_SIDE=` runs them one by one.
SIDE_BY_SIDE ?= --numprocesses logical --maxprocesses 4 --dist loadfile
DATA ?= ../shared/data
# What an older IPython could do otherwise; pictures and subcommands are not among it.
FACE = accessor ask bad_input completion extension interrupts kernel line_habits loading magics progress

.PHONY: install test demo lab lint types check test-browser test-server test-old test-torch test-wheel bench results soak notebooks docs pictures clean

install: .venv/installed

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: install  ## execute notebooks/quickstart.ipynb without a key and print what it shows
	$(BIN)/python notebooks/execute.py --print notebooks/quickstart.ipynb

lab: install  ## JupyterLab on the quickstart
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	$(BIN)/jupyter lab notebooks/quickstart.ipynb

test: install  ## the whole suite that needs nothing but Python
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not browser and not server"

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

check: lint types test  ## what a pull request must pass

test-browser: install  ## what a person sees, in JupyterLab in headless Chromium (needs chromium)
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	$(BIN)/python -m pytest -m browser

test-server: install  ## a live exchange with a model server that is not ours
	$(BIN)/python tests/live_server/install.py
	$(BIN)/python -m pytest -m server

test-old: install  ## the notebook face with the oldest IPython that is supported
	$(PYTHON) -m venv .venv-old
	.venv-old/bin/python -m pip install --quiet --upgrade pip
	.venv-old/bin/python -m pip install --quiet --editable '.[dev]' 'ipython==7.34.*' 'traitlets<6'
	.venv-old/bin/python -m pytest $(SIDE_BY_SIDE) $(FACE:%=tests/jupyter/test_%.py) tests/test_face.py -m "not browser and not server" -W "default"

test-torch: install  ## what learns by gradients (a build of torch for the processor alone is enough)
	$(BIN)/python -m pip install --quiet --editable '.[dev,torch]' 'torch==2.13.0'
	$(BIN)/python -m pytest -m torch tests/workflows tests/routing tests/session/test_routers.py

test-wheel: install  ## what is installed, not what lies in the source tree
	rm -rf dist .venv-wheel
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet dist/*.whl pytest
	cd dist && ../.venv-wheel/bin/python -m pytest -p no:cacheprovider -c /dev/null ../tests/test_wheel.py

bench: install  ## print the figures that the documentation names, and keep them: `make bench BENCH_JSON=old.json`
	$(BIN)/python -m pip install --quiet --editable '.[dev,bench]'
	for script in import_time cache_open solve_overhead sandbox_speed guest_speed router_speed router_accuracy batch bbh; \
	  do BENCH_JSON=$(BENCH_JSON) $(BIN)/python benchmarks/$$script.py || exit 1; done
	BENCH_JSON=$(BENCH_JSON) $(BIN)/python benchmarks/flows.py --quick

results: install  ## measure with the recorded makers and write docs/results.md: `make results DATA=FOLDER`
	$(BIN)/python benchmarks/results.py $(DATA)

soak: install  ## misbehaving calls by the thousand, and killed workers amid batches; some minutes (Linux)
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python benchmarks/kills.py

notebooks: install  ## execute the tutorials and keep their outputs
	$(BIN)/python notebooks/execute.py --keep notebooks/*.ipynb

docs: install  ## the site, from docs/, README, the code's docstrings and settings; a warning is an error
	$(BIN)/python -m pip install --quiet --editable '.[dev,docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

pictures: install  ## take the README's pictures again (needs chromium)
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	$(BIN)/python docs/images/make.py

clean:
	rm -rf bench.json .venv .venv-old .venv-torch build dist .pytest_cache .mypy_cache .ruff_cache .coverage
