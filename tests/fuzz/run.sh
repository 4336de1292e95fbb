#!/bin/sh
# tests/fuzz/run.sh SECONDS [TARGET...]: lets libFuzzer run on each target (or
# on these) for so long, JOBS of them at a time (one on each processor when it
# is not set).  What it learns stays in build-fuzz/corpus, what it finds in
# build-fuzz/findings.  The last lines are those of the table in README.md;
# exits 1 when there is a finding.
set -eu
cd "$(dirname "$0")/../.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

build='build-fuzz'
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # one word a target
	set -- $(sed -n "s/^  '\([a-z]*\)': .*/\1/p" tests/fuzz/meson.build)
fi

if [ ! -f "$build/build.ninja" ]; then
	CC=clang meson setup "$build" -Db_lundef=false \
	    -Db_sanitize=address,undefined \
	    -Dc_args=-fsanitize=fuzzer-no-link
fi
ninja -C "$build" fuzz

export build seconds
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
mkdir -p "$build/findings"

# shellcheck disable=SC2016 # xargs' shell is to expand it
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-$(nproc)}" sh -c '
	name=$1
	kept=tests/fuzz/seeds/$name
	mkdir -p "$build/corpus/$name"
	[ -d "$kept" ] || kept=
	"$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" \
	    -timeout=60 -print_final_stats=1 -verbosity=1 \
	    -artifact_prefix="$build/findings/$name-" \
	    "$build/corpus/$name" "$build/tests/fuzz/seeds/$name" $kept \
	    >"$build/findings/$name.log" 2>&1 || :
	times >"$build/findings/$name.times"
' sh || :

failed=0
for name; do
	log=$build/findings/$name.log
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
	# of a processor, by user and system
	minutes=$(awk 'END { split($1, user, "m"); split($2, sys, "m")
	    print int(user[1] + sys[1] + (user[2] + sys[2]) / 60 + 0.5)
	    }' "$build/findings/$name.times")
	findings=0
	if ! grep -q '^#[0-9]*.DONE' "$log"; then
		findings=1
		failed=1
		tail -40 "$log" >&2
	fi
	echo "| $name | ${executions:-0} | ${edges:-0} | $minutes | $findings |"
done
exit "$failed"
