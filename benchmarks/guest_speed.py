"""What the policy's guards cost: typical guest programs, natively and as guest code, in one process.

    python benchmarks/guest_speed.py

Prints a line a program (milliseconds of the best of several rounds, and guest / native), then the median and the worst.
"""

from __future__ import annotations

import gc
import statistics
from time import perf_counter

import figures

from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.runtime.namespace import guest_namespace

ROUNDS = 25

PROGRAMS = {
    "loop and arithmetic": """
def f():
    total = 0
    for i in range(60_000):
        total += i * i % 7
    return total
""",
    "sieve (subscripts)": """
def f():
    n = 60_000
    sieve = [True] * n
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            for j in range(i * i, n, i):
                sieve[j] = False
    return sum(sieve)
""",
    "words and dicts": """
def f():
    words = ("the quick brown fox jumps over the lazy dog " * 400).split()
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
""",
    "string methods": """
def f():
    out = []
    for i in range(8_000):
        out.append(" item %d ".strip().upper().replace("%D", str(i)).lower())
    return "".join(out)
""",
    "str.format": """
def f():
    return [ "{} has {:.2f} of {name}".format(i, i / 3, name="x") for i in range(8_000)]
""",
    "f-strings": """
def f():
    return [f"{i} has {i / 3:.2f} of {'x'!r:>5}" for i in range(10_000)]
""",
    "permutations": """
from itertools import permutations
def f():
    constraints = [lambda o: o.index("a") < o.index("b"), lambda o: o[0] == "c"]
    return [o for o in permutations("abcdefg") if all(c(o) for c in constraints)]
""",
    "regular expressions": """
import re
def f():
    pattern = re.compile(r"(\\w+) is (\\d+)")
    found = 0
    for i in range(5_000):
        match = pattern.search(f"the age is {i}")
        if match and match.group(2):
            found += int(match.group(2))
    return found
""",
    "recursion and cache": """
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def plain(n):
    return n if n < 2 else plain(n - 1) + plain(n - 2)
def f():
    return fib(300) + plain(19)
""",
    "class with self.x": """
class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0
    def deposit(self, amount):
        self.balance += amount
        return self.balance
def f():
    account = Account("a")
    for i in range(20_000):
        account.deposit(i)
    return account.balance
""",
    "class with self._x": """
class Counter:
    def __init__(self):
        self._count = 0
        self._seen = {}
    def add(self, key):
        self._count += 1
        self._seen[key] = self._seen.get(key, 0) + 1
    def _total(self):
        return self._count
    def total(self):
        return self._total() + len(self._seen)
def f():
    counter = Counter()
    for i in range(15_000):
        counter.add(i % 100)
        counter.total()
    return counter.total()
""",
    "many small objects": """
class Point:
    __slots__ = ("_x", "_y")
    def __init__(self, x, y):
        self._x = x
        self._y = y
    def __add__(self, other):
        return Point(self._x + other._x, self._y + other._y)
    def norm(self):
        return self._x * self._x + self._y * self._y
def f():
    point = Point(0, 0)
    step = Point(1, 2)
    for _ in range(12_000):
        point = point + step
    return point.norm()
""",
    "attribute write in a tight loop": """
class Box:
    pass
def f():
    box = Box()
    for i in range(60_000):
        box.value = i
    return box.value
""",
    "dataclasses": """
from dataclasses import dataclass, field
@dataclass(order=True)
class Item:
    price: float
    name: str = field(compare=False, default="")
def f():
    items = [Item(float(i % 97), str(i)) for i in range(5_000)]
    return sorted(items)[0].name
""",
    "breadth-first search": """
from collections import deque
def f():
    size = 90
    grid = [[0] * size for _ in range(size)]
    queue = deque([(0, 0, 0)])
    seen = {(0, 0)}
    while queue:
        x, y, distance = queue.popleft()
        if (x, y) == (size - 1, size - 1):
            return distance
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            nx, ny = x + dx, y + dy
            if 0 <= nx < size and 0 <= ny < size and (nx, ny) not in seen and not grid[ny][nx]:
                seen.add((nx, ny))
                queue.append((nx, ny, distance + 1))
""",
    "dynamic programming": """
def f():
    a, b = "kitten sitting" * 12, "sitting kitten" * 12
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table[-1][-1]
""",
    "dates": """
from datetime import datetime, timedelta
def f():
    day = datetime.strptime("2024-01-01", "%Y-%m-%d")
    return [(day + timedelta(days=i)).strftime("%d/%m/%Y") for i in range(3_000)][-1]
""",
    "generators": """
def numbers(n):
    for i in range(n):
        yield i
def f():
    return sum(x * 2 for x in numbers(30_000) if x % 3)
""",
    "match": """
def kind(value):
    match value:
        case int(n) if n > 5:
            return "big"
        case {"a": a, **rest}:
            return a
        case [x, *others]:
            return x
        case str():
            return "text"
    return None
def f():
    values = [1, 9, {"a": 1}, [1, 2], "x"] * 3_000
    return [kind(value) for value in values][-1]
""",
    "exceptions": """
def f():
    bad = 0
    for i in range(10_000):
        try:
            int("x" if i % 2 else "1")
        except ValueError as error:
            bad += len(str(error)) > 0
    return bad
""",
    "isinstance and type": """
def f():
    values = [1, "a", 2.0, None, [1]] * 3_000
    return sum(1 for v in values if isinstance(v, (int, float)) or type(v).__name__ == "list")
""",
}


def elapsed_ms(function) -> float:
    """Give the milliseconds of one call."""
    started = perf_counter()
    function()
    return (perf_counter() - started) * 1000


def measure(source: str) -> tuple[float, float]:
    """Give the milliseconds of `f()` natively and as guest code; both must give the same."""
    native: dict = {"__name__": "__main__"}
    exec(compile(source, "<native>", "exec", dont_inherit=True), native)
    compiled = compile_guest(source)
    assert compiled.code is not None, [str(finding) for finding in compiled.findings]
    guest = guest_namespace(printed=lambda _text: None)
    exec(compiled.code, guest)
    assert native["f"]() == guest["f"]()
    gc.disable()
    # In turns, so that a change of the machine's pace meets both.
    pairs = [(elapsed_ms(native["f"]), elapsed_ms(guest["f"])) for _ in range(ROUNDS)]
    gc.enable()
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def main() -> None:
    ratios = {}
    print(f"{'program':34}{'native ms':>10}{'guest ms':>10}{'ratio':>8}")
    for name, source in PROGRAMS.items():
        native_ms, guest_ms = measure(source)
        ratios[name] = guest_ms / native_ms
        print(f"{name:34}{native_ms:10.2f}{guest_ms:10.2f}{ratios[name]:8.2f}")
        figures.keep(name, guest_ms, "ms", bare=native_ms)
    worst = max(ratios, key=lambda name: ratios[name])
    print(f"\nmedian {statistics.median(ratios.values()):.2f}, worst {ratios[worst]:.2f} ({worst})")


if __name__ == "__main__":
    main()
