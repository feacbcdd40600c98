# Sluice. `make help` lists what there is.
# What the recipes share with .ci/run and with each other is in .ci/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build headless test lint bench bench-window fuzz soak screenshots clean

# A Go that .ci/need.sh fetched, because there was none that fits, is found first.
export PATH := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sluice/go/bin:$(PATH)

VERSION := $(shell sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
LDFLAGS := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 20s
SOAK_TIME ?= 1h
ONLY ?= .
ARGS ?=

# These are expanded by the shell, once there is a Go to ask.
OUT = fyne-cross/bin/$$(go env GOOS)-$$(go env GOARCH)
WINDOW = $(OUT)/sluice$$(go env GOEXE)
HEADLESS = $(OUT)/sluice-headless$$(go env GOEXE)
HAS_DISPLAY = [ "$$(uname -s)" != Linux ] || [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

run: ## build Sluice and open it; ARGS="--log-level debug" hands arguments on
	@if $(HAS_DISPLAY); then \
		$(MAKE) --no-print-directory build; \
		exec "$(WINDOW)" $(ARGS); \
	else \
		echo "There is no display (DISPLAY and WAYLAND_DISPLAY are not set): building without the window, then serving."; \
		$(MAKE) --no-print-directory headless; \
		exec "$(HEADLESS)" $(ARGS); \
	fi

build: ## build the program with its window
	@.ci/need.sh go window
	@mkdir -p "$(OUT)"
	CC=$$(.ci/cc.sh) CGO_ENABLED=1 go build -trimpath -tags migrated_fynedo -ldflags "$(LDFLAGS)" -o "$(WINDOW)" ./app

headless: ## build the program without a window: static, no C compiler needed
	@.ci/need.sh go
	@mkdir -p "$(OUT)"
	CGO_ENABLED=0 go build -trimpath -tags headless -ldflags "$(LDFLAGS)" -o "$(HEADLESS)" ./app

test: ## everything that has to pass, with real clients
	@.ci/need.sh go window clients
	@$(MAKE) --no-print-directory headless build
	@SLUICE_HEADLESS="$(CURDIR)/$(HEADLESS)" SLUICE_WINDOW="$(CURDIR)/$(WINDOW)" .ci/test.sh vet gofmt staticcheck unit end-to-end window

lint: ## vet, gofmt and staticcheck only
	@.ci/need.sh go compiler
	@.ci/test.sh vet gofmt staticcheck

bench: ## requests a second, fan-out, block-wise transfers, memory and handshakes, beside their limits; ARGS="--only fanout" for a part
	@.ci/need.sh go
	go run ./app/bench $(ARGS)

bench-window: ## how soon the window answers while 20,000 messages pass a second, frames of Overview, memory; under Xvfb
	@.ci/need.sh go window clients
	@$(MAKE) --no-print-directory build
	SLUICE_WINDOW="$(CURDIR)/$(WINDOW)" go test -count=1 -timeout 10m -v -tags "e2e windowbench" -run '^TestWindowBench$$' ./app/e2e

fuzz: ## every fuzz test for FUZZTIME (20s), or those that match ONLY
	@.ci/need.sh go
	@.ci/fuzz.sh "$(FUZZTIME)" "$(ONLY)"

soak: ## 1,000 simulated devices under NB-IoT for SOAK_TIME (1h): nothing leaks, every observation lives
	@.ci/need.sh go
	SOAK_TIME="$(SOAK_TIME)" go test -tags soak -count=1 -timeout 0 -v -run '^TestSoak$$' ./engine/device

screenshots: ## pictures of the real window
	@.ci/need.sh go window clients
	@$(MAKE) --no-print-directory headless build
	SLUICE_HEADLESS="$(CURDIR)/$(HEADLESS)" SLUICE_WINDOW="$(CURDIR)/$(WINDOW)" \
		go test -count=1 -v -tags "e2e screenshots" -run Screenshots ./app/e2e

clean: ## remove what was built
	rm -rf fyne-cross/bin fyne-cross/dist fyne-cross/tmp
