from decimal import Decimal
from fractions import Fraction
import math, statistics, string, itertools
def f():
    return (int.from_bytes(b"\x01\x00", "big"), "a-b".split("-"), "abc"[::-1], b"x".hex(), 7 // 2, -7 % 3, 2 ** 100 % 97, 0x1F, 1e3, 3 + 4j, Decimal("0.1") + 1 == Decimal("1.1"),
            Fraction(1, 3).limit_denominator(10).denominator, round(2.567, 1), "x".join("ab"), "%05.1f|%s" % (2.25, "s"), divmod(7, 2), math.comb(5, 2), statistics.median([3, 1, 2]), string.ascii_lowercase[:3],
            list(itertools.islice(itertools.count(5), 2)), "Straße".casefold(), bytes([65]).decode(), "é".encode("utf-8"), sorted("bca", key=lambda c: -ord(c)), max([3, 1], default=0), ~5 & 3 | 8 ^ 1 << 2 >> 1, ...)


# allowed: (256, ["a", "b"], "cba", "78", 3, 2, 16, 31, 1000.0, 3 + 4j, True, 3, 2.6, "axb", "002.2|s", (3, 1), 10, 2, "abc", [5, 6], "strasse", "A", b"\xc3\xa9", ["c", "b", "a"], 3, 10, ...)
