# Set-up, builds, tests and checks; `make help` lists them.

SWIFT ?= swift

# What swift-format takes care of.
SOURCES := Package.swift $(wildcard Sources Tests Snippets Benchmarks)

# There is no XCTest in this package: it would report that none of its tests were run.
TEST := $(SWIFT) test --disable-xctest

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test lint test-debug test-release sanitize format \
  check-rejected check-docs check-isa check-dependency test-python peers docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the C libraries that are missing (OpenBLAS, zlib)
	@Scripts/setup.sh

run: setup ## Run the example: attention of a sentence encoder's first layer
	$(SWIFT) build -c release
	.build/release/flashsim run --input Examples/minilm-layer0.safetensors

test: setup lint test-debug check-rejected test-release check-docs check-isa test-python ## Run all tests and fast checks

lint: ## Check the format of the sources
	$(SWIFT) format lint --strict --parallel -r $(SOURCES)

test-debug: setup ## Run the tests in a checked build: fresh and freed memory is NaN
	$(TEST)

# Testable imports would need a build of their own, which is not the one that users run.
test-release: setup ## Run the tests in the build that users run
	$(TEST) -c release --disable-testable-imports

# OpenBLAS is not built for sanitizers: its threads would look like races.
sanitize: export OPENBLAS_NUM_THREADS = 1
sanitize: export LSAN_OPTIONS = suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0
sanitize: setup ## Run the tests under the address and the thread sanitizer
	$(TEST) --sanitize=address --scratch-path .build/asan
	$(TEST) --sanitize=thread --scratch-path .build/tsan

docs: setup ## Write docs/claims.md, the paper's claims as they are measured
	$(SWIFT) build -c release
	.build/release/flashsim verify --export docs/claims.md

format: ## Format the sources
	$(SWIFT) format --in-place --parallel -r $(SOURCES)

check-rejected: setup ## Check that programs which cheat the machine do not compile
	$(SWIFT) build
	Scripts/check-rejected.sh

check-docs: setup ## Check that docs/claims.md is what flashsim verify writes
	$(SWIFT) build -c release
	.build/release/flashsim verify --export .build/claims.md > .build/claims.txt
	@cmp -s .build/claims.md docs/claims.md || { \
	  echo "Error: docs/claims.md is not what flashsim verify writes: run make docs."; exit 1; }

check-isa: setup ## Check that no CPU meets instructions that it lacks
	$(SWIFT) build -c release
	Scripts/check-isa.sh

check-dependency: ## Check that a package can depend on this one, without OpenBLAS
	Scripts/check-dependency.sh

test-python: setup ## Test the C and Python interfaces in the build that users run
	$(SWIFT) build -c release
	Scripts/check-python.sh

# What `make peers` measures against; fewer may be given.
PEERS ?= numpy ml_dtypes torch onnx onnxruntime openvino

peers: ## Measure attention against PyTorch, ONNX Runtime and OpenVINO
	$(SWIFT) build -c release --product flashattention
	test -x .build/peers/bin/python || python3 -m venv .build/peers
	.build/peers/bin/python -m pip install --quiet --disable-pip-version-check $(PEERS)
	.build/peers/bin/python Benchmarks/peers/peers.py $(PEERS_OPTIONS)

clean: ## Remove what was built
	rm -rf .build
