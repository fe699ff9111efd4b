from dataclasses import dataclass
@dataclass
class Point:
    x: int
    _y: int
class Color:
    RED = 1
def kind(value):
    match value:
        case Color.RED:
            return "red"
        case int(n) if n > 5:
            return n
        case float() | complex():
            return "number"
        case str(_):
            return "text"
        case Point(x=0, _y=y):
            return ("point", y)
        case [first, *rest]:
            return first, rest
        case {"a": a, **others}:
            return a, others
        case None:
            return None
        case _:
            return "other"
def f():
    return [kind(v) for v in (1, 7, 2.5, "s", Point(0, 4), [1, 2], {"a": 1, "b": 2}, None, Point(1, 1))]


# allowed: ["red", 7, "number", "text", ("point", 4), (1, [2]), (1, {"b": 2}), None, "other"]
