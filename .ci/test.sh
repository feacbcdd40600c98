#!/usr/bin/env bash
# Runs the named steps, all of them even when one fails, and closes with one line of what passed and one that counts
# the results of all tests. The steps end-to-end and window need the built programs, named by SLUICE_HEADLESS and
# SLUICE_WINDOW.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# Everything is compiled with the same compiler and flags as the window, so that one build serves all steps.
CC=$(.ci/cc.sh)
export CC
export GOFLAGS="${GOFLAGS:-} -trimpath"
export NODE_PATH="$PWD/fyne-cross/tmp/node/node_modules"
tags="ci migrated_fynedo" # ci: the toolkit's test driver instead of a window system

mkdir -p fyne-cross/tmp
results=fyne-cross/tmp/test.json
: >"$results"

# kept COMMAND... runs a command that prints test results as JSON, keeps them for the sum and tells them in short.
kept() { "$@" | tee -a "$results" | go run ./.ci/testsum -follow; }

vet() {
	go vet -tags "$tags" ./... && go vet -tags headless ./app && go vet -tags "e2e screenshots windowbench" ./app/e2e
}

gofmt_() {
	local files
	files=$(gofmt -l .ci app assets engine ui)
	[ -z "$files" ] || {
		echo "gofmt would change:"
		echo "$files"
		return 1
	}
}

staticcheck() {
	go tool staticcheck -tags "$tags" ./... && go tool staticcheck -tags headless ./app
}

unit() { kept go test -json -race -tags "$tags" ./... ./.ci/testsum; }

e2e=(go test -json -count=1 -timeout 10m -tags e2e)
end_to_end() { kept "${e2e[@]}" -skip '^TestWindow' ./app/e2e; }
window() { kept "${e2e[@]}" -run '^TestWindow' ./app/e2e; }

passed=() failed=()
for step in "$@"; do
	echo "== $step"
	case "$step" in
	gofmt) run=gofmt_ ;;
	end-to-end) run=end_to_end ;;
	*) run=$step ;;
	esac
	[ "$step" != unit ] || step="unit, race"
	if "$run"; then passed+=("$step"); else failed+=("$step"); fi
done

list() {
	local line
	printf -v line '%s, ' "$@"
	echo "${line%, }"
}
echo
[ ${#failed[@]} -eq 0 ] || echo "failed: $(list "${failed[@]}")"
[ ${#passed[@]} -eq 0 ] || echo "passed: $(list "${passed[@]}")"
if [ -s "$results" ]; then
	go run ./.ci/testsum <"$results" || exit 1
fi
[ ${#failed[@]} -eq 0 ]
