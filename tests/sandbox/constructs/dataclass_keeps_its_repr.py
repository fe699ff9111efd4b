from dataclasses import dataclass
@dataclass
class A:
    _x: int = 1
    def __repr__(self):
        return "mine"
@dataclass(repr=False)
class B:
    _x: int = 1
@dataclass
class C(A):
    pass
def f():
    return repr(A()), repr(B()) == "B(_x=1)", repr(C(4))


# allowed: ("mine", False, "C(_x=4)")
