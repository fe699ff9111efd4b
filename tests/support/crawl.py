"""Everything that guest code can reach by reading: a walk over what it is given and a sample of each kind of object."""

from __future__ import annotations

import builtins
import io
import string
import types

from latm_magic.sandbox.policy import names
from latm_magic.sandbox.policy.allowlist import ALLOWLIST
from latm_magic.sandbox.runtime import attributes
from latm_magic.sandbox.runtime.modules import Modules

__all__ = ["MUTABLE", "SAMPLES", "crawl", "is_forbidden"]

SAMPLES = """
import re, random, decimal, functools, itertools, contextlib, collections, datetime, json, string, textwrap, difflib, copy
import fractions, statistics, enum, dataclasses, typing, operator, hashlib, calendar, graphlib, time, abc, zlib, heapq
def generator():
    yield 1
@contextlib.contextmanager
def manager():
    yield 1
@functools.lru_cache
def cached():
    return 1
@dataclasses.dataclass
class Data:
    x: int = 1
    y: list = dataclasses.field(default_factory=list)
class Colour(enum.Enum):
    RED = 1
class Pair(typing.NamedTuple):
    a: int = 1
class Own:
    @property
    def p(self):
        return 1
    @functools.cached_property
    def c(self):
        return 1
    part = functools.partialmethod(len)
def caught(action):
    try:
        action()
    except Exception as error:
        return error
samples = [
    generator(), manager(), cached, Data(), Data, dataclasses.fields(Data), Colour.RED, Colour, Pair(), Pair, Own(), Own, Own.p,
    Own.c, re.match("(a)", "a"), re.compile("a"), re.compile("a").scanner("a"), random.Random(1), decimal.getcontext(),
    decimal.Decimal(1), decimal.localcontext(), functools.partial(len, []), functools.cmp_to_key(lambda a, b: 0)(1),
    itertools.count(), itertools.groupby([]), contextlib.ExitStack(), contextlib.suppress(), collections.Counter(),
    collections.ChainMap(), collections.deque(), collections.defaultdict(list), collections.OrderedDict().items(),
    collections.UserDict(), collections.UserList(), datetime.datetime.now(), datetime.timezone.utc, json.JSONDecoder(),
    json.JSONEncoder(), json.JSONDecoder().scan_once, string.Template("a"), textwrap.TextWrapper(), difflib.Differ(),
    difflib.SequenceMatcher(None, "a", "b"), fractions.Fraction(1, 2), statistics.NormalDist(), typing.List[int], list[int],
    typing.Optional["x"], typing.get_args(typing.Optional["x"]), typing.Callable[[int], str], typing.TypeVar("T"),
    typing.NewType("N", int), operator.itemgetter(1), operator.attrgetter("a"), operator.methodcaller("a"),
    hashlib.md5(b""), calendar.Calendar(), calendar.day_name, graphlib.TopologicalSorter(), time.localtime(),
    caught(lambda: 1 / 0), caught(lambda: {}["a"]), caught(lambda: "".nothing), caught(lambda: int("x")), caught(lambda: unknown),
    caught(lambda: json.loads("{")), caught(lambda: b"\\xff".decode()), caught(lambda: next(iter([]))), int | str,
    decimal.Decimal(1).as_tuple(), cached.cache_info(), difflib.SequenceMatcher(None, "ab", "b").get_matching_blocks(),
    statistics.linear_regression([1, 2], [1, 2]), datetime.date.today().isocalendar(), json.loads("{}"), getattr(string, "Formatter", 1),
    decimal.getcontext().flags, re.compile("(?P<a>b)").groupindex,
    [].append, "".join, str.join, (1).real, slice(1), range(3), iter({}), {}.keys(), reversed([]), zip(), map(len, []), generator,
    lambda: 1, type(1), type(generator), type(int), object(), staticmethod(len), classmethod(len), property(len), enumerate([]),
]
"""

FORBIDDEN_TYPES = (
    types.ModuleType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
    types.CellType,
    io.IOBase,
    string.Formatter,
)
FORBIDDEN_OBJECTS = {
    id(getattr(builtins, name))
    for name in [
        "eval",
        "exec",
        "compile",
        "open",
        "input",
        "getattr",
        "setattr",
        "delattr",
        "hasattr",
        "vars",
        "dir",
        "globals",
        "locals",
        "__import__",
        "__build_class__",
        "breakpoint",
        "super",
        "type",
    ]
}
FORBIDDEN_HOMES = {
    "os",
    "posix",
    "sys",
    "io",
    "_io",
    "importlib",
    "_frozen_importlib",
    "subprocess",
    "socket",
    "builtins.open",
}
MUTABLE = (list, dict, set, bytearray)


def crawl(namespace):
    """Walk everything that attribute reading reaches, and return each object with its path."""
    own = namespace["__builtins__"]
    waiting = [(own[name], name) for name in own if not name.startswith("__") and name != "super"]
    modules = Modules()
    waiting += [(modules.get(name), name) for name in ALLOWLIST]
    waiting += [(sample, f"samples[{index}]") for index, sample in enumerate(namespace["samples"])]
    seen = {}
    while waiting:
        value, path = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = (value, path)
        waiting += children(value, path)
    return list(seen.values())


METHODS = (
    types.MethodType,
    types.BuiltinMethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
)


def children(value, path):
    """Return what one step leads to: attributes under the guard, and items of containers."""
    found = []
    # A method leads only to itself (`x.__call__.__call__`), a number only to other numbers.
    for name in () if isinstance(value, (*METHODS, int, float, str, bytes)) or path.count(".") > 7 else dir(value):
        try:
            # Private names of guest code are other names: what the host calls `_x` has no spelling.
            found.append((attributes.read(value, names.mangled(name)), f"{path}.{name}"))
        except Exception:
            continue
    if type(value) in (list, tuple, set, frozenset):
        found += [(item, f"{path}[...]") for item in value]
    if type(value) is dict:
        found += [(item, f"{path}[...]") for item in (*value, *value.values())]
    return found


def is_forbidden(value):
    """Whether guest code must never hold `value`: modules, frames, code, files, metaclasses, and what reads attributes."""
    return (
        isinstance(value, FORBIDDEN_TYPES)
        or id(value) in FORBIDDEN_OBJECTS
        or (issubclass(type(value), type) and issubclass(value, type) and type(value).__name__ != "_StandinType")
        or value is str.format
        or (isinstance(value, types.FunctionType | types.BuiltinFunctionType) and value.__module__ in FORBIDDEN_HOMES)
    )
