from enum import Enum, Flag, IntEnum, IntFlag, StrEnum, auto, unique
@unique
class Color(Enum):
    RED = auto()
    BLUE = "b"
    @property
    def low(self):
        return self.name.lower()
    @classmethod
    def _missing_(cls, value):
        return cls.RED
class Level(IntEnum):
    A = 1
    B = 2
class S(StrEnum):
    X = auto()
class P(Flag):
    R = auto()
    W = auto()
class Q(IntFlag):
    R = 1
    W = 2
Animal = Enum("Animal", "cat dog")
Shape = IntEnum("Shape", [("square", 4), ("three", 3)])
Kind = Enum("Kind", {"a": 1})
Named = Enum("Named", ["x", "y"], start=5)
def f():
    return (Color.RED.name, Color("b").low, Color(99) is Color.RED, [c.name for c in Color], Level.B > Level.A, str(Level.A), f"{Level.B}", str(S.X),
            (P.R | P.W).value, P.R in (P.R | P.W), Q.R | 2, Animal.dog.value, Shape.square + 1, Kind.a.name, Named.y.value, isinstance(Level.A, IntEnum),
            isinstance(Level.A, Enum), issubclass(Level, Enum), Color["RED"] is Color.RED, list(Color.__members__), type(Color.RED) is Color, len(Color), repr(Color.RED))


# allowed: ("RED", "blue", True, ["RED", "BLUE"], True, "1", "2", "x", 3, True, "repr:<Q.R|W: 3>", 2, 5, "a", 6, True, True, True, True, ["RED", "BLUE"], True, 2, "<Color.RED: 1>")
