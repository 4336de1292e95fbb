# MikroTik RouterOS 7.20 or later: the upstream's side of a session with
# rtbh-bgpd.  (Before 7.20 there is no /routing/bgp/instance: "as" and
# "router-id" belong to the connections.)
#
# UNTESTED HERE: written after MikroTik's manual.  Try it on a router of your
# own first, and look at "/routing/route print where dst-address=203.0.113.7/32":
# it must have the flag for a blackhole.
#
# Put your numbers in place of these:
#   64501                            your AS; 192.0.2.2, 2001:db8:0:1::2 your router
#   64500                            the customer; 192.0.2.1, 2001:db8:0:1::1 its rtbh-bgpd
#   203.0.113.0/24, 2001:db8:100::/48  what the customer may announce
#   64501:666                        your blackhole community; 65535:666 (RFC 7999) works as well

# With the community, a single address of theirs, which is dropped and stays
# in our AS; without it, their networks.  All else is refused.
/routing/filter/rule
add chain=customer-in rule="if (dst in 203.0.113.0/24 && dst-len == 32 && bgp-communities includes 65535:666) { append bgp-communities no-export; set blackhole yes; accept; }"
add chain=customer-in rule="if (dst in 203.0.113.0/24 && dst-len == 32 && bgp-communities includes 64501:666) { append bgp-communities no-export; set blackhole yes; accept; }"
add chain=customer-in rule="if (dst in 2001:db8:100::/48 && dst-len == 128 && bgp-communities includes 65535:666) { append bgp-communities no-export; set blackhole yes; accept; }"
add chain=customer-in rule="if (dst in 2001:db8:100::/48 && dst-len == 128 && bgp-communities includes 64501:666) { append bgp-communities no-export; set blackhole yes; accept; }"
add chain=customer-in rule="if (bgp-communities includes 65535:666) { reject; }"
add chain=customer-in rule="if (bgp-communities includes 64501:666) { reject; }"
add chain=customer-in rule="if (dst == 203.0.113.0/24) { accept; }"
add chain=customer-in rule="if (dst == 2001:db8:100::/48) { accept; }"
add chain=customer-in rule="reject;"
add chain=nothing rule="reject;"

# The limit is not exact here, and once it is reached the session must be
# cleared by hand.  Tell the customer the number: it goes into max-prefixes of
# bgpd.yaml.
/routing/bgp/instance
add name=ours as=64501 router-id=192.0.2.2
/routing/bgp/connection
add name=customer4 instance=ours afi=ip local.role=ebgp local.address=192.0.2.2 \
    remote.address=192.0.2.1/32 remote.as=64500 input.filter=customer-in \
    input.limit-process-routes-ipv4=100 output.filter-chain=nothing
add name=customer6 instance=ours afi=ipv6 local.role=ebgp local.address=2001:db8:0:1::2 \
    remote.address=2001:db8:0:1::1/128 remote.as=64500 input.filter=customer-in \
    input.limit-process-routes-ipv6=100 output.filter-chain=nothing
