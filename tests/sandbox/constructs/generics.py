from abc import ABC, abstractmethod
from typing import Any, Callable, Generic, Optional, Protocol, TypeVar, Union, cast
T = TypeVar("T")
Vector = list[float]
Pair = tuple[int, str] | None
class Box(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value
    def get(self) -> "T":
        return self.value
class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...
class Square(Shape):
    def __init__(self, side: float) -> None:
        self.side = side
    def area(self) -> float:
        return self.side ** 2
class Sized2(Protocol):
    def size(self) -> int: ...
def apply(fn: Callable[[int], int], x: Optional[int] = None, y: Union[int, str] = 1) -> Any:
    return fn(cast(int, x))
def f() -> tuple:
    return Box[int](3).get(), Square(2).area(), apply(lambda v: v + 1, 2)


# allowed: (3, 4, 3)
