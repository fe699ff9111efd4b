_limit = 3
def _helper(_x, *, _y=1):
    return _x + _y
class Stack:
    _default = [1]
    __deep = 5
    def __init__(self, items=None):
        self._items = list(items or self._default)
        self.__secret = 4
    def _peek(self):
        return self._items[-1]
    def __inner(self):
        return self.__secret + self.__deep
    def peek(self):
        return self._peek(), self.__inner(), Stack._default, getattr(self, "_items"), hasattr(self, "_none")
    shown = _default
    _doubled = [n * 2 for n in _default]
class Child(Stack):
    def _peek(self):
        return super()._peek() + 10
def f():
    return Child([1, 2]).peek(), _helper(1, _y=2), Stack()._doubled, _limit


# allowed: ((12, 9, [1], [1, 2], False), 3, [2], 3)
