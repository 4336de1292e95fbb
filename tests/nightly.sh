#!/bin/sh
# The long tests, one after another, after tests/run.sh: crashes, hostile
# neighbors, valgrind, a soak, and an hour of fuzzing for each target.  Run as
# root; it takes hours.  What each of them measured goes into tests/README.md
# and tests/fuzz/README.md by hand.
set -eu
cd "$(dirname "$0")/.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

failed=

# part NAME COMMAND...
part() {
	name=$1
	shift
	echo "== $name"
	"$@" || failed="$failed $name"
}

crash() {
	RTBH_BUILD=build-test /usr/bin/python3 -m pytest -p no:cacheprovider \
	    -q tests/crash --rounds 2000
}

# without sanitizers: their memory grows by itself
soak() {
	[ -f build-soak/build.ninja ] ||
	    meson setup build-soak --buildtype=release >/dev/null
	ninja -C build-soak >/dev/null
	/usr/bin/python3 tests/soak/soak.py --minutes 30 --build build-soak
}

hostile() {
	RTBH_BUILD=build-test RTBH_HOSTILE=100000 /usr/bin/python3 -m pytest \
	    -p no:cacheprovider -q tests/interop/test_hostile.py
}

tests/run.sh
part crash crash
part hostile hostile
part valgrind tests/valgrind.sh
part soak soak
part fuzz tests/fuzz/run.sh 3600

[ -z "$failed" ] || {
	echo "failed:$failed"
	exit 1
}
