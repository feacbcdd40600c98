#!/usr/bin/env bash
# Runs every fuzz test in turn for the time that is given (20s, 10m), all of them even when one fails, and closes with a
# table of what each did. An input that fails is kept by go test in testdata/fuzz of its package; the status is 1 then.
# With a name it runs only the tests that match it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

time=${1:-20s}
only=${2:-.}
output=$(mktemp)
trap 'rm -f "$output"' EXIT

targets() {
	grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' app assets engine ui |
		sed 's|^\(.*\)/[^/]*:func \(.*\)$|./\1 \2|' | sort | grep -E -- "$only"
}

# number NAME reads a number behind a word of the last line in which go test tells its progress.
number() { sed -n "s/^fuzz: .*$1:* \([0-9]*\).*/\1/p" "$output" | tail -1; }

rows=() inputs=()
while read -r package name; do
	echo "$package $name"
	# go test is given nothing to read, or it would eat the list.
	if go test -tags "ci migrated_fynedo" -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$package" >"$output" 2>&1 </dev/null; then
		result=passed
	else
		result=FAILED
		cat "$output"
		while read -r input; do inputs+=("$package/$input"); done \
			< <(sed -n 's/^ *Failing input written to \(.*\)$/\1/p' "$output")
	fi
	rows+=("$package $name|$(number execs)|$(number 'new interesting')|$(number total)|$result")
done < <(targets)

[ ${#rows[@]} -gt 0 ] || {
	echo "no fuzz test matches $only"
	exit 1
}
echo
{
	echo "fuzz test, $time each|executions|new inputs|corpus|result"
	printf '%s\n' "${rows[@]}"
} | awk -F '|' '
	{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
	END { for (r = 1; r <= NR; r++)
		printf "%-*s  %*s  %*s  %*s  %s\n", width[1], cell[r, 1], width[2], cell[r, 2], width[3], cell[r, 3], width[4], cell[r, 4], cell[r, 5] }'
if [[ "${rows[*]}" == *"|FAILED"* ]]; then
	[ ${#inputs[@]} -eq 0 ] || printf 'kept: %s\n' "${inputs[@]}"
	exit 1
fi
