#!/bin/sh
# test.sh ARGUMENTS runs `go test ARGUMENTS` with gotestsum, which shows what failed in full, and ends with one line of
# counts. A skipped test counts as failed, and so does a package that fails without a failing test: it does not build, or
# its TestMain says no.
cd "$(dirname "$0")/.." || exit 1
events=$(mktemp) || exit 1
trap 'rm -f "$events"' EXIT

# Never from the cache: the tests talk to processes that the cache knows nothing of. Many tests wait, so more of them run at once
# than there are cores.
go tool -modfile=tools/go.mod gotestsum --format=pkgname --jsonfile="$events" -- -count=1 -shuffle=on -timeout=25m -parallel=4 "$@"
status=$?

# {"Time":T,"Action":A,"Package":P,"Test":...}: between quotes, the action is field 8, the package 12, and 14 says "Test".
awk -F '"' -v status=$status '
	$14 == "Test" && $8 == "pass" { passed++ }
	$14 == "Test" && ($8 == "fail" || $8 == "skip") { failed++; counted[$12] }
	$14 != "Test" && $8 == "fail" && !($12 in counted) { failed++ }
	END {
		if (status && !failed) failed = 1
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$events"
