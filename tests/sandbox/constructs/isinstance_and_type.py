class A:
    def copy(self):
        return self.__class__(), type(self)()
def f():
    a = A()
    return (isinstance(1, (int, str)), type(1) is int, type(a) is A, type(None)(), type(a).__name__, [type(x).__name__ for x in a.copy()],
            isinstance(A, type), isinstance(a, type), type(type(a)) is type, type(f).__name__, isinstance(f, type(f)), issubclass(bool, int),
            list(map(type, [1, "a"])), repr(type), type(iter([])) is type(iter([1])), issubclass(type, type), type[int] == type[int], type(f) == type(len))


# allowed: (True, True, True, None, "A", ["A", "A"], True, False, True, "function", True, True, [int, str], "<class 'type'>", True, True, True, False)
