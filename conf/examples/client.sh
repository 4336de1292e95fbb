#!/bin/sh
# Blackholes an address and follows what becomes of it: client.sh ADDRESS [TTL].
# RTBH_SOCKET names another control socket.  When the daemon goes, all of it
# begins again: what is added twice is only refreshed.

address=$1
ttl=${2:-10m}

again()
{
	echo "again in a second" >&2
	sleep 1
}

while :; do
	rtbh-ctl add "$address" --ttl "$ttl" --reason example --wait=delivered
	case $? in
	0) ;;
	3) # the daemon is not there
		again
		continue
		;;
	4) echo "$address: not everywhere, see: rtbh-ctl show $address" >&2 ;;
	*) exit 1 ;; # refused, or a mistake: it has been said
	esac
	rtbh-ctl monitor # until the daemon goes
	[ $? -eq 3 ] || exit 0
	again
done
