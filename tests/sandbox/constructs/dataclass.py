from __future__ import annotations
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from typing import ClassVar
@dataclass(order=True)
class Item:
    price: float
    tags: list[str] = field(default_factory=list)
    count: ClassVar[int] = 7
    _cost: int = 1
    def __post_init__(self):
        self.price = round(self.price, 2)
@dataclass(frozen=True, slots=True)
class Point:
    x: int = 0
    format: str = "p"
def f():
    a = Item(1.234)
    try:
        Point().x = 3
    except AttributeError as error:
        frozen = type(error).__name__
    return repr(a), asdict(a), astuple(Point(2)), replace(Point(1), x=5), [x.name for x in fields(Point)], frozen, a < Item(2), fields(Item)[0].type, Point().format


# allowed: ("Item(price=1.23, tags=[], _cost=1)", {"price": 1.23, "tags": [], "_cost": 1}, (2, "p"), "repr:Point(x=5, format='p')", ["x", "format"], "FrozenInstanceError", True, "float", "p")
