"""A muscle that is larger than one process or machine, and parameter studies: many runs, side by side.

`shard` cuts a muscle by motor unit, `study` calls a function at many points. Both give each piece a
fresh process, here or on a cluster, keep what is finished on disk, and give the numbers that one process
would give.
"""

from .muscle import shard
from .study import study
from .workers import ShardError

__all__ = ["ShardError", "shard", "study"]
