from enum import Enum
class Planet(Enum):
    EARTH = (6, 2)
    MARS = (3, 1)
    def __init__(self, mass, radius):
        self.mass = mass
        self._radius = radius
    @property
    def gravity(self):
        return self.mass / self._radius**2
class Coordinate(bytes, Enum):
    X = (0, "across")
    Y = (1, "down")
    def __new__(cls, value, label):
        member = bytes.__new__(cls, [value])
        member._value_ = value
        member.label = label
        return member
class Count(Enum):
    A = ()
    B = ()
    def __new__(cls):
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        return member
def f():
    return Planet.EARTH.gravity, Coordinate.Y.label, Coordinate(0).name, Count.B.value


# allowed: (1.5, "down", "X", 2)
