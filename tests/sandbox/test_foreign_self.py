"""The search for code that trusts what it is given: everything reachable is called with what it was not made for.

Nothing forbidden may come out, and nothing of the host's may change. The longer form, which calls with pairs and
triples, runs where the environment holds LATM_LONG_SEARCH.
"""

from __future__ import annotations

import enum
import itertools
import os
import random
import signal
import time
import types

import pytest
from crawl import SAMPLES, crawl, is_forbidden
from guest_code import load

from latm_magic.sandbox.runtime.classes import Refused, is_guest_class, is_guest_function
from latm_magic.sandbox.runtime.modules import Modules

FOREIGN = """
import collections, copy, fractions, math, statistics, textwrap, typing, enum, numbers
class Own:
    def __init__(self, *a): self.x = a
    def __iter__(self): return iter((fractions.Fraction,))
    def __reversed__(self): return fractions.Fraction
    def __len__(self): return 1
    def __getitem__(self, key): return fractions.Fraction
    def __copy__(self): return fractions.Fraction
    def __deepcopy__(self, memo): return fractions.Fraction
    def __call__(self, *a): return fractions.Fraction
    def __enter__(self): return fractions.Fraction
    def __exit__(self, *a): return True
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def keys(self): return ["format", "numerator"]
    def items(self): return [("format", fractions.Fraction)]
class Text(str):
    def __eq__(self, other): return True
    def __hash__(self): return hash("a")
class Table(dict): pass
given = []
class Number(int):
    def __and__(self, other):
        given.append(other)
        try: other | self
        except TypeError: pass
        return 0
    __or__ = __ror__ = __rand__ = __xor__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __and__
    __add__ = __radd__ = __mod__ = __rmod__ = __and__
    def __hash__(self): return 5
foreign = [
    int, fractions.Fraction, collections.UserList, textwrap.TextWrapper, numbers.Number, fractions.Fraction(1, 2), math,
    fractions.Fraction.numerator, collections.ChainMap.parents, len, textwrap.dedent, collections.UserList.copy, typing.AnyStr,
    typing.List[int], Own, Own(), Text("{0.__class__}"), Text("\\uff46ormat"), Table(format=Own()), "numerator",
    ["format", "__class__"], ("a", int), {"__class__": int}, lambda *a: fractions.Fraction, None, 1, statistics.NormalDist(),
    Number(5), Text("a"),
]
"""
LONG = bool(os.environ.get("LATM_LONG_SEARCH"))
LIMIT = 2_000_000 if LONG else 200_000


def enums(cls=enum.Enum):
    """Yield every enum of the process, exposed or not: Python keeps flags in them that it makes on the way."""
    for each in type.__subclasses__(cls):
        yield each
        yield from enums(each)


def host_classes(reached):
    """Return every class of the host's that is exposed, with its bases, and every enum."""
    classes = {value for value, _ in reached if issubclass(type(value), type)} | {enum.Enum, *enums()}
    classes = {cls for cls in classes if not is_guest_class(cls)}
    return {base for cls in classes for base in cls.__mro__ if not is_guest_class(base)}


def state(value):
    """Return what can change of one attribute of a class."""
    if type(value) is property:
        return id(value), value.fget, value.fset, value.fdel
    if type(value) is types.FunctionType:
        return id(value), value.__code__, value.__defaults__, repr(value.__kwdefaults__), sorted(value.__dict__)
    return (id(value), len(value)) if type(value) in (list, dict, set) else (id(value),)


KEPT_WHEN_READ = ("__annotations__", "__annotations_cache__", "__doc__", "__abstractmethods__")
"""What Python itself keeps in a class when it is first read."""


def digest(classes):
    """Return the state of every attribute of the classes; Python 3.14 notes where there are no annotations."""
    return {
        (cls, name): state(value)
        for cls in classes
        for name, value in list(cls.__dict__.items())
        if name not in KEPT_WHEN_READ and (name, value) != ("__annotate_func__", None)
    }


def is_left_out(value):
    """Whether a callable waits, runs text under the policy (which other tests try), or is guest code itself."""
    return value is time.sleep or getattr(value, "__name__", "") == "evaluate" or is_guest_function(value)


def distinct(callables):
    """Return one callable of each kind: the methods of two lists are the same code."""
    kinds = {}
    for value, path in callables:
        own = getattr(value, "__self__", None)
        name = getattr(value, "__qualname__", path)
        kinds[
            type(value), name, getattr(value, "__module__", None), id(own) if isinstance(own, type) else type(own)
        ] = value, path
    return list(kinds.values())


def calls(callables, foreign):
    """Yield calls to make: each with every foreign object first, then a random choice of longer ones."""
    yield from ((function, path, (own,)) for function, path in callables for own in foreign)
    dice = random.Random(1)
    lengths = (2, 3) if LONG else (2,)
    while True:
        function, path = dice.choice(callables)
        yield function, path, tuple(dice.choice(foreign) for _ in range(dice.choice(lengths)))


def parts(value):
    """Return a result and what can be read of it without calling anything."""
    if type(value) in (list, tuple, set, frozenset):
        return [value, *value]
    return [value, *value, *value.values()] if type(value) is dict else [value]


def end_of_call(_number, _frame):
    """End a call that does not: endless loops are the process layer's matter."""
    raise TimeoutError


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a call without end is ended by a timer")
def test_nothing_is_reached_or_changed_when_everything_is_called_with_everything():
    """No reachable callable gives a forbidden object or changes a host's class, whatever stands for its arguments."""
    reached = crawl(load(SAMPLES))
    guest = load(FOREIGN)
    foreign = guest["foreign"]
    callables = distinct((value, path) for value, path in reached if callable(value) and not is_left_out(value))
    classes = host_classes(reached)
    assert len(callables) > 1000
    before, found = digest(classes), []
    signal.signal(signal.SIGALRM, end_of_call)
    for function, path, arguments in itertools.islice(calls(callables, foreign), LIMIT):
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            result = function(*arguments)
        except Exception:
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if any(is_forbidden(part) for part in parts(result)):
            found.append((path, arguments, result))
    assert found == []
    assert [value for value in guest["given"] if is_forbidden(value) or isinstance(value, enum.Flag)] == []
    after = digest(classes)
    assert [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)] == []


LISTED = (
    "UserList",
    "UserDict",
    "ChainMap",
    "Counter",
    "Fraction",
    "Random",
    "NormalDist",
    "Template",
    "Calendar",
    "Set",
)
EXPOSED = [
    (
        module,
        LISTED,
    )
    for module in (
        "collections",
        "collections.abc",
        "fractions",
        "random",
        "statistics",
        "string",
        "textwrap",
        "calendar",
    )
]


def test_methods_are_wrapped_when_their_class_is_handed_out():
    """The rule itself: every public method in Python of an exposed class looks at its object first."""
    tried = 0
    for module, listed in EXPOSED:
        exposed = [getattr(Modules().get(module), name) for name in listed if hasattr(Modules().get(module), name)]
        methods = [value for cls in exposed for base in cls.__mro__ for value in base.__dict__.values()]
        for method in methods:
            if type(method) is types.FunctionType and not method.__name__.startswith("_"):
                tried += 1
                with pytest.raises(AttributeError, match="takes an object of its own class"):
                    method(int)
    assert tried > 100


REGISTERED = """
import abc, dataclasses, decimal, fractions, functools
seen = []
class Spy:
    def __eq__(self, other):
        seen.append(other)
        return True
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __hash__(self):
        return 1
def caught(target):
    try:
        getattr(target, "nothing")
    except AttributeError as error:
        return error
@dataclasses.dataclass(order=True, unsafe_hash=True)
class Abstract(abc.ABC):
    obj: object = None
@dataclasses.dataclass(order=True, slots=True)
class Slotted(abc.ABC):
    obj: object = None
@dataclasses.dataclass(order=True, frozen=True)
class Frozen(abc.ABC):
    format: object = None
@functools.total_ordering
@dataclasses.dataclass
class Total(abc.ABC):
    obj: object = None
    def __lt__(self, other):
        return True
class Derived(Abstract):
    pass
class Made(abc.ABC):
    given = None
    def __new__(cls):
        return cls.given
def foreign():
    return caught(Spy()), caught(decimal.Decimal)
def compare(cls, name):
    first, second = foreign()
    cls.register(AttributeError)
    method = getattr(cls, name)
    for own, other in ((first, second), (second, first), (cls(Spy()), second)):
        try:
            method(own, other)
        except Exception:
            pass
    return seen
def make():
    Made.register(fractions.Fraction)
    Made.given = fractions.Fraction(1, 2)
    return Made()
classes = [Abstract, Slotted, Frozen, Total, Derived]
"""


@pytest.mark.parametrize("name", ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_generated_methods_take_no_registered_object(name):
    """A class can register any other as its own; that makes no object of it one that generated methods read."""
    guest = load(REGISTERED)
    for cls in guest["classes"]:
        assert not any(
            isinstance(each, type) or each.__class__.__name__ == "method" for each in guest["compare"](cls, name)
        )


def test_new_gives_no_registered_object():
    """What is registered as an instance is still not made by the class."""
    with pytest.raises(Refused, match="must give an instance"):
        load(REGISTERED)["make"]()
