from dataclasses import dataclass
@dataclass
class A:
    _x: int = 1
def f():
    return A(_x=2), dict(__y=1)


# refused: line 6: keyword '_x' is not allowed: pass it by position
# refused: line 6: keyword '__y'
