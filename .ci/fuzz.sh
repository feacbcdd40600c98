#!/usr/bin/env bash
# Runs every fuzz test in turn for the time that is given (20s, 5m).
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-20s}
mapfile -t files < <(grep -rl --include='*_test.go' '^func Fuzz' app assets engine ui)
count=0
for file in "${files[@]}"; do
	mapfile -t names < <(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file")
	for name in "${names[@]}"; do
		echo "./$(dirname "$file") $name"
		go test -tags "ci migrated_fynedo" -run '^$' -fuzz "^$name\$" -fuzztime "$time" "./$(dirname "$file")"
		count=$((count + 1))
	done
done
echo "passed: $count fuzz tests, $time each"
