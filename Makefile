# `make` shows what there is.
GO ?= go
# LINT is pinned in tools/go.mod, which pins nothing else, so that the linters run with the versions they were tested with.
LINT := $(GO) tool -modfile=tools/go.mod golangci-lint
# CHECKERS are modules below tools/ that check the files that others run.
CHECKERS := containers deploy
# SLOW is how the names of slow tests end: `make test` skips them, `make test-slow` runs them and no others.
SLOW := Slow$$
# LONGEST are the packages whose tests take longest: they begin first.
LONGEST := ./test/scenarios ./store ./sandbox
# NEEDED is what the tests run.
NEEDED := redis-server redis-cli chromium node npm python3 curl promtool
FUZZTIME ?= 5m
# STAMP is what `recallbot version` says beside what Go notes by itself.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
STAMP := -X main.version=$(VERSION)
# TAGS leave out what the bot does not use: gin's MessagePack, and gRPC's pages of traces, whose html/template keeps unused code
# of all packages in the binary.
TAGS := nomsgpack,grpcnotrace
# MAX_SIZE is the largest size of the binary, in bytes. It is 50 % larger where something reachable calls reflect's MethodByName;
# `go build -ldflags=-dumpdep . 2>&1 | grep -a ReflectMethod` shows what does.
MAX_SIZE := 33554432

.DEFAULT_GOAL := help
.PHONY: help build sandbox test test-slow test-all check fix fuzz cover bench release release-check clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

build: ## bin/recallbot, static
	@echo "compiling bin/recallbot; the first time this takes some minutes"
	@CGO_ENABLED=0 $(GO) build -trimpath -tags=$(TAGS) -ldflags="-s -w $(STAMP)" -o bin/recallbot .

sandbox: ## the bot and a Feishu on localhost, with a chat page
	@echo "compiling; the first time this takes some minutes"
	@$(GO) run -tags=$(TAGS) . sandbox

test: ## the tests with the race detector, on real servers and in a browser, without the slow ones
	@scripts/need.sh cc $(NEEDED)
	@scripts/test.sh -race -skip='$(SLOW)' $(LONGEST) ./...

test-slow: ## the slow tests: kills, every story on every store and transport, failovers, floods; ten seconds of each fuzz target
	@scripts/need.sh cc $(NEEDED)
	@status=0; scripts/fuzz.sh 10s || status=1; scripts/test.sh -race -run='$(SLOW)' ./... || status=1; exit $$status

test-all: test test-slow ## both

check: ## format, vet, lint, modules, scripts, container files, manifests, size of the binary
	@scripts/need.sh shellcheck
	$(LINT) config verify
	$(LINT) fmt --diff
	$(GO) vet ./...
	$(LINT) run
	for c in $(CHECKERS); do (cd tools/$$c && $(GO) vet ./... && $(GO) tool -modfile=../go.mod golangci-lint run) || exit 1; done
	$(GO) mod tidy -diff
	$(GO) -C tools mod tidy -diff
	$(GO) -C tools/sbom mod tidy -diff
	for c in $(CHECKERS); do $(GO) -C tools/$$c mod tidy -diff || exit 1; done
	shellcheck scripts/*.sh examples/ci/*.sh .ci/run
	for c in $(CHECKERS); do $(GO) -C tools/$$c test -count=1 . || exit 1; done # go caches what read files outside its module
	scripts/unit.sh
	$(MAKE) build
	test $$(wc -c <bin/recallbot) -le $(MAX_SIZE)
	grep -q -e '-tags=$(TAGS) ' Dockerfile

fix: ## put right what can be put right by itself: modernize, lint, format, modules, schema
	$(GO) fix ./...
	$(GO) mod tidy
	$(GO) run . config schema > docs/config.schema.json.new
	mv docs/config.schema.json.new docs/config.schema.json
	$(LINT) run --fix
	$(LINT) fmt

fuzz: ## fuzz each target for FUZZTIME (5m)
	@scripts/fuzz.sh $(FUZZTIME)

cover: ## coverage.out and the share of the statements that the tests reach
	@scripts/need.sh $(NEEDED)
	$(GO) test -count=1 -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -1

bench: ## all measurements with their goals, or one with ONLY=intake; ONLY=growth is not among all, and takes a quarter of an hour
	@scripts/need.sh redis-server
	$(GO) run ./test/bench $(if $(ONLY),-only $(ONLY))

release: ## dist/: an archive for each system, list of modules (SBOM), SHA256SUMS, of the last commit
	@GO='$(GO)' TAGS='$(TAGS)' scripts/release.sh dist

release-check: ## build the release twice, and compare the bytes
	@rm -rf dist/check && for n in 1 2; do GO='$(GO)' TAGS='$(TAGS)' scripts/release.sh dist/check/$$n || exit 1; done
	@diff -r dist/check/1 dist/check/2 && rm -rf dist/check && echo "the same bytes twice"

clean: ## remove what was built
	rm -rf bin dist coverage.out
