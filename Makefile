PYTHON  ?= python3
VENV    ?= .venv
DEMO    ?= build/demo
RECORDS ?= records
RUN     ?= runs/face
BIN     := $(VENV)/bin

# What each step needs of setup.cfg's extras; train is TensorFlow, a download of about 600 MB (test adds JAX, 100 MB).
EXTRAS_demo := demo,train
EXTRAS_evaluate := train,evaluate
EXTRAS_test := train,test
EXTRAS_dev  := dev

# Small enough to train both stages in a few minutes on any machine.
TINY := --preset tiny --image-size 64 --fresh --save-every 200 --val-steps 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format types bench evaluate golden clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Variables: SRC=photos (demo)  RECORDS=records/ RUN=runs/NAME (evaluate)  PYTHON=python3  VENV=.venv"

setup: $(VENV)/.installed-test $(VENV)/.installed-dev ## make .venv with everything that is needed to work on maskify

demo: $(VENV)/.installed-demo ## set up, then photos -> records -> two small networks -> a report; SRC=path takes your own photos
	$(BIN)/maskify sample --out "$(DEMO)/portrait" -n 1
	$(BIN)/maskify apply --src "$(DEMO)/portrait" --out "$(DEMO)/masked"
	$(BIN)/unmask remove "$(DEMO)/masked" --out "$(DEMO)/removed" --save-side-by-side --overwrite
ifeq ($(strip $(SRC)),)
	$(BIN)/maskify sample --out "$(DEMO)/photos" -n 24
endif
	$(BIN)/maskify build --src "$(or $(SRC),$(DEMO)/photos)" --out "$(DEMO)/records" --jobs 2 --overwrite
	$(BIN)/maskify preview "$(DEMO)/records" --out "$(DEMO)/preview.png"
	$(BIN)/maskify inspect "$(DEMO)/records"
	$(BIN)/unmask train-mask --records "$(DEMO)/records" --run "$(DEMO)/mask" $(TINY) --steps 400
	$(BIN)/unmask train-face --records "$(DEMO)/records" --run "$(DEMO)/face" $(TINY) --steps 600 \
		--mask-run "$(DEMO)/mask" --perceptual none
	cp "$$(ls "$(DEMO)"/face/samples/*.png | tail -n 1)" "$(DEMO)/restored.png"
	$(BIN)/unmask evaluate --records "$(DEMO)/records" --run "$(DEMO)/face"
	@echo
	@echo "Look at $(DEMO)/removed, where the networks that come along took a mask off a portrait;"
	@echo "at $(DEMO)/preview.png, the records, and at $(DEMO)/restored.png, what two small networks made of them."
	@echo "The table above and $(DEMO)/face/evaluation/report.html measure them: two tiny networks, trained for a minute on one"
	@echo "face, are far from the ceiling (the clean photo as JPEG), and four photos are too few for sure numbers."
	@echo "The records and their manifests are in $(DEMO)/records, the training runs in $(DEMO)/mask and $(DEMO)/face."

test: $(VENV)/.installed-test ## set up, then run the tests
	$(BIN)/python -m pytest -q

lint: $(VENV)/.installed-dev ## check style and formatting with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev ## rewrite the code in ruff's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-dev ## check types with mypy
	$(BIN)/mypy maskify unmask

bench: $(VENV)/.installed-demo ## measure placement, detection, speed and training; SRC=path takes your own photos, WILD=path unaligned ones
	$(BIN)/python -m benchmarks $(if $(SRC),--src "$(SRC)") $(if $(WILD),--wild "$(WILD)")

evaluate: $(VENV)/.installed-evaluate ## measure the networks of RUN= on the test split of RECORDS=: tables, plots, pictures
	$(BIN)/unmask evaluate --records "$(RECORDS)" --run "$(RUN)"

golden: $(VENV)/.installed-test ## remake the golden images of tests/golden; look at them before you commit them
	$(BIN)/python -m tests.golden

clean: ## remove build/, dist/ and caches; .venv and records stay
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path "./$(VENV)" -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "maskify needs Python 3.10 or newer; choose one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv "$(VENV)"
	@touch $@

$(VENV)/.installed-%: setup.cfg pyproject.toml | $(VENV)/.created
	$(BIN)/python -m pip install --disable-pip-version-check --use-pep517 --editable ".[$(EXTRAS_$*)]"
	@touch $@
