# A thin door to tools/ and meson. `make help` lists what is behind it.
#
# BUILD=dir builds elsewhere than in build/; PREFIX=dir and DESTDIR=dir say where `make install` puts things.
BUILD ?= build
PREFIX ?=
export BUILD

.PHONY: all setup demo test test-long bench install format clean help
.NOTPARALLEL:

all: ## build sonde (build/sonde)
	@tools/setup --check
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD)
	@ninja -C $(BUILD)

setup: ## install what building needs (Debian, Ubuntu)
	@tools/setup

demo: setup all ## build, and measure the example server from start to end
	@$(MAKE) -s -C examples/gateway
	$(BUILD)/sonde run examples/gateway

test: ## everything that must be green: all suites, and again under sanitizers
	@tools/setup && { tools/setup --test || echo "going on: what needs these is skipped"; }
	@tools/run_tests

test-long: ## also what takes longer: stress, live, fuzzing
	@tools/setup && { tools/setup --dev || echo "going on: what needs these is skipped"; }
	@tools/run_tests --long

bench: all ## speed, side by side with wrk and perf where they are installed
	@meson test -C $(BUILD) --benchmark --verbose

install: all ## install to PREFIX (/usr/local)
	@test -z "$(PREFIX)" || meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	@meson install -C $(BUILD)

format: ## shape the C files as .clang-format says
	@tools/format

clean: ## remove the build folders
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz
	@test ! -f examples/gateway/Makefile || $(MAKE) -s -C examples/gateway clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12
