class A:
    def __init__(self, x):
        self.x = x
    def __repr__(self):
        return "A"
class B(A):
    def __init__(self, x):
        super().__init__(x)
        self.y = 1
    def __repr__(self):
        return super().__repr__() + "B"
class C(A):
    def __init__(self):
        super(C, self).__init__(3)
class D(A, dict):
    def __init__(self):
        A.__init__(self, 4)
        dict.__init__(self, k=1)
class E(tuple):
    def __new__(cls, x):
        return super().__new__(cls, (x, x))
class F(Exception):
    def __init__(self, message):
        Exception.__init__(self, message)
def f():
    return repr(B(1)), C().x, D().x, dict(D()), tuple(E(2)), str(F("m"))


# allowed: ("AB", 3, 4, {"k": 1}, (2, 2), "m")
