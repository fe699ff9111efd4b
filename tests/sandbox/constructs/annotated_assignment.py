limit: int = 3
names: list[str]
class A:
    x: int
    y: int = 2
def f():
    total: float = 1.5
    box: dict[str, int] = {}
    box["a"] = limit
    return total, box, A.y


# allowed: (1.5, {"a": 3}, 2)
