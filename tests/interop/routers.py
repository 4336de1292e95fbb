"""The kinds of upstream routers that tests run against, by name."""

from bird import Bird
from frr import Frr
from gobgp import GoBgp

# those with a kernel table, with which most tests run
ROUTERS = {kind.kind: kind for kind in (Bird, Frr)}
ALL_ROUTERS = ROUTERS | {GoBgp.kind: GoBgp}
