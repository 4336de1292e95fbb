"""The kinds of upstream routers that tests run against, by name."""

from bird import Bird
from frr import Frr

ROUTERS = {kind.kind: kind for kind in (Bird, Frr)}
