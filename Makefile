# The two commands of the README, and the steps they are made of.
.PHONY: run test build check format bench clean help

help: ## What can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Install what is needed, build, start the platform up to a governed answer
	@scripts/run.sh

test: ## Install, build and run every test
	@scripts/test.sh

build: ## Build the release binaries
	@scripts/build_release.sh

check: ## Formatter, layers, banned patterns, vocabulary
	@scripts/check_source.sh

format: ## Rewrite sources in the project's format
	@git ls-files 'src/*.cc' 'src/*.h' 'fuzz/*.cc' 'bench/*.cc' 'tests/*.cc' | xargs -r clang-format-19 -i

bench: ## Measure beside nginx (docs/performance.md)
	@bench/run

clean: ## Remove build output, keep installed tools
	@rm -rf build
