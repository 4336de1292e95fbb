#!/bin/sh
# Runs the unit tests, and a test with a real router, under valgrind's memcheck:
# no error, no leak.  The sandbox is left out, since valgrind must open files in
# the process that it runs: so this finds the leaks that LeakSanitizer cannot
# look for in a confined one.  Installs valgrind; run as root.
set -eu
cd "$(dirname "$0")/.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
# shellcheck source=conf/packages.sh
. conf/packages.sh

build='build-valgrind'
failed=0
memcheck='valgrind --quiet --error-exitcode=9 --leak-check=full'

# shellcheck disable=SC2086 # one word a package
install_packages $build_packages valgrind bird2 iproute2 iputils-ping \
    python3 python3-pytest python3-pytest-xdist

# as in run.sh: one test acts as another user, who must be able to come into /
mode=$(stat -c %a /)
chmod o+rx /
trap 'chmod "$mode" /' EXIT
trap 'exit 130' HUP INT TERM

[ -f "$build/build.ninja" ] ||
    meson setup "$build" -Dc_args=-DSANDBOX_OFF >/dev/null
ninja -C "$build" >/dev/null

# all but those of the sandbox, and those that leave valgrind no descriptor
unit_tests=$(meson test -C "$build" --list --suite unit 2>/dev/null |
    sed -n 's/.* \([a-z_]*\)$/\1/p' | grep -vx -e sandbox -e http)
# shellcheck disable=SC2086 # one word a test
meson test -C "$build" --no-rebuild --print-errorlogs \
    --timeout-multiplier 20 --wrapper "$memcheck" $unit_tests || failed=1

# the daemon's program is a script here; both processes run under valgrind
programs=$PWD/$build/memcheck
rm -rf "$programs"
mkdir -p "$programs/bgpd" "$programs/rtbh-ctl"
ln -s "$PWD/$build/rtbh-ctl/rtbh-ctl" "$programs/rtbh-ctl/rtbh-ctl"
cat >"$programs/bgpd/rtbh-bgpd" <<end
#!/bin/sh
exec $memcheck --trace-children=yes --log-file=$programs/%p.log \
    $PWD/$build/bgpd/rtbh-bgpd "\$@"
end
chmod +x "$programs/bgpd/rtbh-bgpd"
# 900 changes at once are not stored in time by a keeper that is so slow
RTBH_BUILD=$programs /usr/bin/python3 -m pytest -p no:cacheprovider -q -n 2 \
    tests/interop/test_blackhole.py tests/interop/test_restart.py \
    -k 'bird and not many_at_once' || failed=1

# it also notes system calls that it does not know, but not with "=="
if cat "$programs"/*.log | grep '^=='; then
	failed=1
fi
exit "$failed"
