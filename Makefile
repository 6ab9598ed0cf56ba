# Commands of the project; CONTRIBUTING.md says when to use which.
#   DEVICE=cpu or gpu   the device on which examples run (empty: MLX's default)
#   RECORD=FILE         a record made on another machine: `html` publishes it, `accept` writes what it shows otherwise, `machines` shows it
#   LEDGER=, RECORD=    files into which `doctest` writes the ledger and the record of its run
#   ONLY="arm64 3.13"   the environments of `make machines` with one of these words in their name (empty: all)
#   MLX=, NUMPY=        the version that `make drift` tries (empty: the one that is installed)
#   SEED=1 SECONDS=600  from which the draws of `make fuzz` follow, and for how long (empty: 0 and 60); ROUNDS=1 in place of a time; ONLY="compress interp" of these names
#   KEEP=1              the records of `make machines` are kept in mapping/dataset/records, one of each kind of machine
#   ALL=1               every mutant of `make mutate`, in place of SAMPLE=40 of each kind; every release of `make releases`
#   UPGRADE=1           the newest packages in `make lock`, in place of those that are locked
#   PYTHON=python3.12   the interpreter for .venv

PYTHON ?= python3
DEVICE ?=
RECORD ?=
LEDGER ?=
ONLY ?=
SEED ?=
SECONDS ?=
ROUNDS ?=
KEEP ?=
ALL ?=
SAMPLE ?=
MLX ?=
NUMPY ?=
UPGRADE ?=
RUN := .venv/bin/python -m

.PHONY: html lint test doctest offline wheel accept gone machines releases drift fuzz bench costs mutate install lock clean

html: install
	@$(RUN) mapping html --device "$(DEVICE)" --record "$(RECORD)"

lint: install
	@$(RUN) ruff check --quiet
	@$(RUN) ruff format --check --quiet
	@$(RUN) mypy mapping

test: install
	@echo "running the tests, in two processes"
	@$(RUN) pytest -n 2 --dist loadfile

doctest: install
	@$(RUN) mapping doctest --device "$(DEVICE)" --ledger "$(LEDGER)" --record "$(RECORD)"

offline: html
	@$(RUN) mapping offline

wheel: install
	@$(RUN) mapping wheel

accept: install
	@$(RUN) mapping accept --record "$(RECORD)"

gone: install
	@$(RUN) mapping gone

machines: install
	@$(RUN) mapping machines --only $(ONLY) --record $(RECORD) $(if $(KEEP),--keep)

releases: install
	@$(RUN) mapping releases $(if $(ALL),--again)

drift: install
	@$(RUN) mapping drift --mlx "$(MLX)" --numpy "$(NUMPY)"

fuzz: install
	@$(RUN) mapping fuzz --seed "$(or $(SEED),0)" --seconds "$(or $(SECONDS),60)" $(if $(ROUNDS),--rounds $(ROUNDS)) --only $(ONLY)

mutate: html
	@ALL="$(ALL)" SAMPLE="$(SAMPLE)" $(RUN) tests.mutate

bench: install
	@$(RUN) tests.bench

costs: install
	@$(RUN) mapping.worker.costs --device $(or $(DEVICE),cpu) > _build/costs.json
	@mkdir -p mapping/dataset/costs && mv _build/costs.json mapping/dataset/costs/$(if $(filter gpu,$(DEVICE)),cuda,cpu).json

install:
	@{ .venv/bin/python -c '' 2>/dev/null && cmp -s requirements.lock .venv/installed.lock; } || { \
	    echo "installing what requirements.lock names into .venv (once; it takes a minute)" && \
	    $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15) and "Python 3.11 to 3.14 is needed, this is " + sys.version)' && \
	    $(PYTHON) -m venv --clear .venv && \
	    PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install --quiet --require-hashes -r requirements.lock && \
	    cp requirements.lock .venv/installed.lock; }

lock:
	uv pip compile pyproject.toml --group run --group build --group docs --group test --group dev --group neighbours --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade) --output-file requirements.lock

clean:
	rm -rf _build docs/reference
