# `make` shows what there is.
GO ?= go
# LINT is pinned in tools/go.mod, which pins nothing else, so that the linters run with the versions they were tested with.
LINT := $(GO) tool -modfile=tools/go.mod golangci-lint
# MODULES are the modules whose tests count. CHECKERS, below tools/, are tests of the files that others run, and part of `make check`.
MODULES := . tools
CHECKERS := containers deploy
FUZZTIME ?= 5m
# STAMP is what `recallbot version` says beside what Go notes by itself.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
STAMP := -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help build sandbox test check fix fuzz cover bench clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

build: ## bin/recallbot, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w $(STAMP)" -o bin/recallbot .

sandbox: ## the bot and a Feishu on localhost, with a chat page
	$(GO) run . sandbox

test: bin/testsum ## all tests with the race detector, on real servers and in a browser; ten seconds of each fuzz target
	@scripts/need.sh cc redis-server redis-cli chromium node npm python3 curl promtool
	@bin/testsum -race -fuzz 10s $(MODULES)

check: ## format, vet, lint, modules, scripts, container files, manifests
	@scripts/need.sh shellcheck
	$(LINT) config verify
	$(LINT) fmt --diff
	$(GO) vet ./...
	$(LINT) run
	cd tools && $(GO) vet ./... && $(GO) tool golangci-lint run
	for c in $(CHECKERS); do (cd tools/$$c && $(GO) vet ./... && $(GO) tool -modfile=../go.mod golangci-lint run) || exit 1; done
	$(GO) mod tidy -diff
	$(GO) -C tools mod tidy -diff
	for c in $(CHECKERS); do $(GO) -C tools/$$c mod tidy -diff || exit 1; done
	shellcheck scripts/*.sh examples/ci/*.sh .ci/run
	for c in $(CHECKERS); do $(GO) -C tools/$$c test -count=1 . || exit 1; done # go caches what read files outside its module
	scripts/unit.sh

fix: ## put right what can be put right by itself: modernize, lint, format, modules, schema
	$(GO) fix ./...
	$(GO) mod tidy
	$(GO) run . config schema > docs/config.schema.json.new
	mv docs/config.schema.json.new docs/config.schema.json
	$(LINT) run --fix
	$(LINT) fmt

fuzz: bin/testsum ## fuzz each target for FUZZTIME (5m)
	@bin/testsum -fuzz-only -fuzz $(FUZZTIME) $(MODULES)

cover: ## coverage.out and the share of the statements that the tests reach
	@scripts/need.sh redis-server redis-cli chromium node npm python3 curl promtool
	$(GO) test -count=1 -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -1

bench: ## intake against the SDK's way, posts beside events, command to DELETE, clean-ups against the platform's limits, bytes per message
	@scripts/need.sh redis-server
	$(GO) run ./test/bench

clean: ## remove what was built
	rm -rf bin coverage.out

# The program is always built again: go knows better than make whether it has to be.
.PHONY: bin/testsum
bin/testsum:
	@$(GO) -C tools build -o ../bin/testsum ./cmd/testsum
