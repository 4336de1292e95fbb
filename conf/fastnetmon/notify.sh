#!/bin/sh
#
# FastNetMon's notify script: blackholes what it bans, and takes it back.
#
#	notify.sh ADDRESS DIRECTION PPS ban|unban
#
# FastNetMon calls once and never again, so nothing may get lost here: what
# cannot be done goes to syslog, and while rtbh-bgpd is away it is tried again
# for a minute.  The last word on an address counts, also over words that are
# still being tried.  See README.md.
set -u
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}

address=${1-} direction=${2-} pps=${3-} action=${4-}
directory=${RTBH_NOTIFY_DIR:-/run/rtbh-notify}
retry_seconds=${RTBH_NOTIFY_RETRY:-60}

# FastNetMon waits until somebody has read all that it tells; the reader goes on
# when this script has ended.  That text is not used: for IPv6 it is wrong.
if [ "$action" != unban ]; then
	exec 3<&0
	cat <&3 >/dev/null &
	exec 3<&-
fi
exec </dev/null

say()
{
	logger -t rtbh-notify -p daemon.err -- "$*" || echo "rtbh-notify: $*" >&2
}

case $direction in
incoming) ;;
*) exit 0 ;; # a blackhole helps against what comes in only
esac
case $address in
'' | -* | *[!0-9A-Fa-f.:/]*)
	say "\"$address\" is no address; $action was not carried out"
	exit 2
	;;
esac
case $pps in
'' | *[!0-9]*) reason="FastNetMon" ;;
*) reason="FastNetMon: $pps packets/s" ;;
esac
case $action in
ban) set -- add --ttl max --reason "$reason" ;;
unban) set -- withdraw --hold --reason "FastNetMon: unban" ;;
attack_details) exit 0 ;; # the ban has been told already
*)
	say "\"$action\" is neither ban nor unban; nothing was done for $address"
	exit 2
	;;
esac
# root may speak for others, and is not to mix up this with what people do
if [ "$(id -u)" -eq 0 ]; then
	set -- "$@" --owner fastnetmon
fi
set -- "$@" -- "$address"

# One try, told if anything is to be said about it; gives rtbh-ctl's code.
attempt()
{
	message=$(rtbh-ctl "$@" 2>&1 >/dev/null)
	code=$?
	if [ "$code" -ne 3 ] && [ -n "$message" ]; then
		say "$action $address: $message"
	elif [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then
		say "$action $address: rtbh-ctl ended with $code"
	fi
	return "$code"
}

# Until it is done, the time is up, or there is a newer word.
retry()
{
	end=$(($(date +%s) + retry_seconds))
	code=3
	while [ "$code" -eq 3 ] && [ "$(date +%s)" -lt "$end" ]; do
		sleep 1
		{
			flock 9
			if [ "$(cat "$word")" != "$$" ]; then
				return 0
			fi
			attempt "$@"
			code=$?
		} 9>>"$word.lock"
	done
	if [ "$code" -eq 3 ]; then
		say "$action $address: given up after $retry_seconds s: $message"
	fi
}

# The file keeps whose word is the last; who holds the lock acts for that
# address.
word=$directory/$(echo "$address" | tr '/:' '__')
[ -d "$directory" ] || mkdir -m 0700 "$directory" 2>/dev/null
if ! touch "$word.lock" 2>/dev/null; then
	say "$directory cannot be written: there is one try and no order"
	attempt "$@"
	code=$?
	[ "$code" -ne 3 ] || say "$action $address: $message"
	exit "$code"
fi
{
	flock 9
	echo "$$" >"$word"
	attempt "$@"
	code=$?
} 9>>"$word.lock"
if [ "$code" -eq 3 ]; then
	say "$action $address: $message; trying again for $retry_seconds s"
	(
		exec >/dev/null 2>&1
		retry "$@"
	) &
fi
exit "$code"
