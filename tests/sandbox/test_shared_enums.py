"""Enums that all runs share: no flag of the host's reaches guest code, and nothing is kept in the shared classes.

Python keeps a flag that it makes on the way (`A | B`) in the table of its class, under the number that was asked for,
which may be an object of guest code's own.
"""

from __future__ import annotations

import enum
from types import MappingProxyType

import pytest
from guest_code import load

from latm_magic.sandbox.runtime import enums as guest_enums

FLAGS = """
import enum, re
given = []
class Number(int):
    def __and__(self, other):
        given.append(other)
        return 0
    __or__ = __ror__ = __rand__ = __and__
    def __hash__(self):
        return 10
calls = [
    lambda n: re.compile("a", n), lambda n: re.compile("b", flags=n), lambda n: re.match("c", "a", n),
    lambda n: re.fullmatch("d", "a", flags=n), lambda n: re.search("e", "a", n), lambda n: re.findall("f", "a", n),
    lambda n: re.finditer("g", "a", n), lambda n: re.split("h", "a", 0, n), lambda n: re.sub("i", "b", "a", flags=n),
    lambda n: re.subn("j", "b", "a", flags=n), lambda n: enum.Flag(n), lambda n: enum.IntFlag(n), lambda n: n in enum.Flag,
    lambda n: n in enum.IntFlag, lambda n: enum.Flag(1), lambda n: enum.IntFlag(5), lambda n: enum.Enum(n),
]
def tried():
    for call in calls:
        try:
            call(Number(10))
        except (TypeError, ValueError, AttributeError):
            pass
class Colour(enum.Flag):
    RED = 1
    BLUE = 2
class Size(enum.IntFlag):
    SMALL = 1
    LARGE = 4
works = [
    re.compile("A", re.I | re.M).flags & re.I, re.sub("A", "b", "aA", count=1, flags=re.I), re.split("A", "1a2A3", 1, re.I),
    Colour(3) is Colour.RED | Colour.BLUE, Colour.RED in Colour(3), Size(5) == 5, ~Colour.RED is Colour.BLUE,
    [each.name for each in enum.Flag("Made", "A B")],
]
"""


def tables():
    """Return what every enum of the process keeps, but those of guest code."""
    classes = [guest_enums.Enum, guest_enums.Flag, guest_enums.IntFlag, guest_enums.IntEnum, guest_enums.StrEnum]
    waiting = [enum.Enum]
    while waiting:
        cls = waiting.pop()
        classes += [] if cls.__module__ == "tool" else [cls]
        waiting += type.__subclasses__(cls)
    return {
        (cls, name): list(table.items()) if isinstance(table, dict | MappingProxyType) else list(table)
        for cls in classes
        for name, table in vars(cls).items()
        if isinstance(table, dict | list | MappingProxyType) and not name.startswith("__")
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_flags_are_kept_in_classes_of_the_guest_alone():
    """A number of guest code's own never meets a flag of the host's, and the classes that all runs share keep nothing."""
    before = tables()
    guest = load(FLAGS)
    guest["tried"]()
    assert [value for value in guest["given"] if isinstance(value, enum.Flag)] == []
    assert tables() == before
    assert guest["works"] == [2, "bA", ["1", "2A3"], True, True, True, True, ["A", "B"]]
