#!/bin/sh
# Builds with sanitizers and runs every test: units, rtbh against a scripted
# neighbor, against real routers in network namespaces of their own, as a Debian
# package, and killed again and again.  Installs what it needs; run as root on Debian 12.  Arguments
# go to pytest: tests/run.sh -k ttl.
# The last line is "N passed, N failed"; with CI=true a skipped test failed.
set -eu
cd "$(dirname "$0")/.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
# shellcheck source=conf/packages.sh
. conf/packages.sh

build='build-test'
results=$build/results

# setup_build DIRECTORY COMPILER OPTION...
setup_build() {
	directory=$1
	compiler=$2
	shift 2
	if [ -f "$directory/build.ninja" ]; then
		return 0
	fi
	CC=$compiler meson setup "$directory" --werror "$@"
}

[ "$(id -u)" -eq 0 ] || {
	echo "tests/run.sh: run me as root, network namespaces need it" >&2
	exit 1
}
# shellcheck disable=SC2086 # one word a package
install_packages $build_packages clang bird2 frr gobgpd openbgpd exabgp \
    fastnetmon prometheus tshark iproute2 iputils-ping e2fsprogs chromium \
    golang-go shellcheck mandoc debootstrap lintian build-essential \
    debhelper dpkg-dev \
    python3 python3-pytest python3-pytest-xdist

# Tests act as other users, who must be able to come into / as on any Debian;
# the root of a fresh debootstrap may be closed to them.
mode=$(stat -c %a /)
chmod o+rx /
trap 'chmod "$mode" /' EXIT
trap 'exit 130' HUP INT TERM

setup_build "$build" gcc -Db_sanitize=address,undefined
ninja -C "$build"
setup_build build-clang clang
ninja -C build-clang

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export PYTHONDONTWRITEBYTECODE=1
rm -rf "$results" "$build/meson-logs/testlog.json"
mkdir -p "$results"

# run_pytest NAME ARGUMENT...: the tests in tests/NAME; they report into a file.
# They wait more than they work, so some run side by side.
run_pytest() {
	name=$1
	shift
	RTBH_BUILD=$build /usr/bin/python3 -m pytest -p no:cacheprovider -q \
	    -o junit_family=xunit1 \
	    -n 3 -rs --junit-xml "$results/$name.xml" "tests/$name" "$@"
}

# tests/totals.py counts what is in the reports
unit_code=0
CMOCKA_MESSAGE_OUTPUT=TAP meson test -C "$build" --no-rebuild \
    --timeout-multiplier 4 --print-errorlogs || unit_code=$?
conformance_code=0
run_pytest conformance "$@" || conformance_code=$?
interop_code=0
run_pytest interop "$@" || interop_code=$?
docs_code=0
run_pytest docs "$@" || docs_code=$?
package_code=0
run_pytest package -n 0 "$@" || package_code=$?
crash_code=0
run_pytest crash -n 0 "$@" || crash_code=$?
/usr/bin/python3 tests/totals.py \
    "$build/meson-logs/testlog.json" "$unit_code" \
    "$results/conformance.xml" "$conformance_code" \
    "$results/interop.xml" "$interop_code" \
    "$results/docs.xml" "$docs_code" \
    "$results/package.xml" "$package_code" \
    "$results/crash.xml" "$crash_code"
