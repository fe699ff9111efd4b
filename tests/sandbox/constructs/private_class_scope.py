_x = "module"
class A:
    global _g
    _g = 1
    for _i in range(3):
        pass
    from math import pi as _pi
    try:
        raise ValueError("e")
    except ValueError as _error:
        _text = str(_error)
    class _Inner:
        pass
    import math as _math, re
    values = [_x for _ in range(2)]
    def show(self):
        return self._i, self._text, self._Inner.__name__, round(self._pi, 2), self._math.pi == self._pi, _g
def f():
    return A().show(), A.values, A.re.findall("a", "a")


# allowed: ((2, "e", "_Inner", 3.14, True, 1), ["module", "module"], ["a"])
