from __future__ import annotations
"""Not a docstring."""
__all__ = ["f"]
__version__ = "1"
import datetime as dt
import math, re
import collections.abc
from collections import Counter, defaultdict as dd
from datetime import datetime
def f():
    d = dd(list)
    d["a"].append(1)
    return dt.date(2024, 1, 2).isoformat(), datetime.strptime("01/02/2024", "%d/%m/%Y").month, math.floor(2.5), dict(d), Counter("aab").most_common(1), re.sub(r"\s+", " ", "a  b"), isinstance([], collections.abc.Sequence)


# allowed: ("2024-01-02", 2, 2, {"a": [1]}, [("a", 2)], "a b", True)
