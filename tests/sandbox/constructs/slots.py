class A:
    __slots__ = ("x", "_y")
    def __init__(self):
        self.x = 1
        self._y = 2
class B:
    __slots__ = ["z"]
class C:
    __slots__ = "only"
    __match_args__ = ("only",)
def f():
    a = A()
    try:
        a.z = 1
    except AttributeError:
        return a.x + a._y


# allowed: 3
