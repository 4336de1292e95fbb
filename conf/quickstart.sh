#!/bin/sh
# Shows rtbh at work in a minute, on this machine and harming nothing: two
# network namespaces joined by a cable, a real BIRD 2 as the upstream router in
# one, rtbh-bgpd in the other.  An address is blackholed, its neighbour is not,
# and when the time is up all is as before.  Run as root on Debian 12.
set -eu
cd "$(dirname "$0")/.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
# shellcheck source=conf/packages.sh
. conf/packages.sh

build='build-quickstart'
victim=203.0.113.7
beside=203.0.113.8
ttl_s=15

host=rtbh-$$-host
upstream=rtbh-$$-upstream
dir=
pids=

say() {
	printf '%s\n' "$*"
}

step() {
	printf '\n== %s\n' "$*"
}

fail() {
	say "quickstart: $*" >&2
	for log in "$dir"/*.log; do
		[ -s "$log" ] || continue
		say "--- the end of $(basename "$log"):" >&2
		tail -20 "$log" >&2
	done
	exit 1
}

# Runs at every end, also when interrupted.
clean_up() {
	trap - EXIT
	trap "" HUP INT TERM
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null || :
	done
	for netns in "$host" "$upstream"; do
		[ ! -e "/run/netns/$netns" ] || ip netns delete "$netns"
	done
	[ -z "$dir" ] || rm -rf "$dir"
}

# until_true SECONDS COMMAND...: asks again and again until it is so
until_true() {
	tries=$(($1 * 5))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.2
	done
}

on() {
	netns=$1
	shift
	ip netns exec "$netns" "$@"
}

# show NAMESPACE-NAME COMMAND...: prints the command, then runs it there
show() {
	where=$1
	shift
	say "$where\$ $*"
	case $where in
	host) on "$host" "$@" ;;
	upstream) on "$upstream" "$@" ;;
	esac
}

rtbh_ctl() {
	say "host\$ rtbh-ctl $*"
	"$build/rtbh-ctl/rtbh-ctl" "$@"
}

answers() {
	on "$upstream" ping -n -c 1 -W 1 "$1" >/dev/null 2>&1
}

upstream_drops() {
	[ -n "$(ip -n "$upstream" route show type blackhole "$1")" ]
}

upstream_drops_no_more() {
	! upstream_drops "$1"
}

session_is_up() {
	"$build/rtbh-ctl/rtbh-ctl" --json neighbors 2>/dev/null |
	    grep -q '"established"'
}

# ping_from_upstream ADDRESS answered|dropped: tells what happens, and fails on a surprise
ping_from_upstream() {
	if answers "$1"; then seen=answered; else seen=dropped; fi
	say "upstream\$ ping -c 1 $1        -> $seen"
	[ "$seen" = "$2" ] || fail "ping to $1 was to be $2"
}

build_it() {
	step "Building rtbh in $build"
	if [ ! -f "$build/build.ninja" ]; then
		meson setup "$build" >"$dir/meson.log" || fail "meson failed"
	fi
	ninja -C "$build" >"$dir/ninja.log" || fail "the build failed"
	say "done: $build/bgpd/rtbh-bgpd and $build/rtbh-ctl/rtbh-ctl"
}

lay_the_cable() {
	step "Two machines and a cable"
	say "  upstream, AS 64501          host, AS 64500"
	say "  real BIRD 2                 rtbh-bgpd"
	say "  192.0.2.2 ----------------- 192.0.2.1"
	say "                              the attacked address:  $victim"
	say "                              a healthy one:         $beside"
	ip netns add "$host"
	ip netns add "$upstream"
	ip -n "$host" link add name cable type veth \
	    peer name cable netns "$upstream"
	ip -n "$host" address add 192.0.2.1/30 dev cable
	ip -n "$upstream" address add 192.0.2.2/30 dev cable
	ip -n "$host" address add "$victim/32" dev lo
	ip -n "$host" address add "$beside/32" dev lo
	for netns in "$host" "$upstream"; do
		ip -n "$netns" link set lo up
		ip -n "$netns" link set cable up
	done
}

start_upstream() {
	step "The upstream starts BIRD"
	cat >"$dir/bird.conf" <<-END
		log stderr all;
		router id 192.0.2.2;
		protocol device { }
		protocol kernel { ipv4 { export where source = RTS_BGP; }; }
		filter from_customer {
		    # only what is theirs, and a /32 only as a blackhole
		    if net !~ [ 203.0.113.0/24+ ] then reject;
		    if (65535, 666) ~ bgp_community then {
		        dest = RTD_BLACKHOLE;
		        accept;
		    }
		    if net.len > 24 then reject;
		    accept;
		}
		protocol bgp customer {
		    local 192.0.2.2 as 64501;
		    neighbor 192.0.2.1 as 64500;
		    passive yes;
		    ipv4 { import filter from_customer; export none; };
		}
	END
	say "It takes our network, and drops what we mark with 65535:666:"
	sed -n '/^filter/,/^}/p' "$dir/bird.conf"
	ip netns exec "$upstream" \
	    bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" \
	    >"$dir/bird.log" 2>&1 &
	pids="$pids $!"
}

start_rtbh() {
	step "We start rtbh-bgpd"
	mkdir -m 700 "$dir/state"
	cat >"$dir/bgpd.yaml" <<-END
		local-as: 64500
		router-id: 192.0.2.1
		aggregates: [203.0.113.0/24]
		blackhole: {communities: [blackhole]}
		neighbors:
		  - {name: upstream, address: 192.0.2.2, remote-as: 64501}
		control: {socket: $dir/control.sock}
		state: {directory: $dir/state}
	END
	say "host\$ cat bgpd.yaml"
	cat "$dir/bgpd.yaml"
	export RTBH_SOCKET="$dir/control.sock"
	ip netns exec "$host" "$build/bgpd/rtbh-bgpd" -f "$dir/bgpd.yaml" \
	    >"$dir/rtbh-bgpd.log" 2>&1 &
	pids="$pids $!"
	until_true 20 session_is_up || fail "the BGP session did not come up"
	rtbh_ctl neighbors
	until_true 10 answers "$victim" || fail "$victim cannot be reached"
}

tell_the_story() {
	step "Before: the upstream reaches both addresses"
	ping_from_upstream "$victim" answered
	ping_from_upstream "$beside" answered

	step "$victim is under attack: we blackhole it for $ttl_s seconds"
	rtbh_ctl add "$victim" --ttl "${ttl_s}s" --reason quickstart
	until_true 5 upstream_drops "$victim" ||
	    fail "the upstream's kernel has no blackhole route"
	show upstream ip route show "$victim"
	ping_from_upstream "$victim" dropped
	ping_from_upstream "$beside" answered
	rtbh_ctl list

	step "We do nothing; after $ttl_s seconds the block ends by itself"
	until_true $((ttl_s + 5)) upstream_drops_no_more "$victim" ||
	    fail "the blackhole route is still there"
	until_true 5 answers "$victim" || fail "$victim did not come back"
	ping_from_upstream "$victim" answered
	rtbh_ctl list
}

[ "$(id -u)" -eq 0 ] || {
	say "quickstart: run me as root, network namespaces need it" >&2
	exit 1
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
dir=$(mktemp -d /tmp/rtbh-quickstart.XXXXXX)
chmod 755 "$dir"

say "rtbh tells the upstream to drop traffic to an address under attack."
# shellcheck disable=SC2086 # one word a package
install_packages $build_packages bird2 iproute2 iputils-ping ||
    fail "apt could not install what is missing"
build_it
lay_the_cable
start_upstream
start_rtbh
tell_the_story
step "That is all.  Everything made for this is removed again."
say "README.md tells how to set it up for good."
