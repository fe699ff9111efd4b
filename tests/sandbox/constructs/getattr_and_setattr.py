class A:
    x = 1
def f():
    a = A()
    setattr(a, "_y", 2)
    setattr(A, "z", 3)
    for name in ("p", "q"):
        setattr(a, name, name)
    delattr(a, "p")
    f.calls = getattr(f, "calls", 0) + 1
    return (getattr(a, "x"), getattr(a, "_y"), getattr(a, "none", 5), hasattr(a, "q"), hasattr(a, "p"), a.z, hasattr([], "__iter__"),
            f.calls, getattr(a, "__class__") is A, getattr(1, "format", "none"), getattr(f, "format", 0))


# allowed: (1, 2, 5, True, False, 3, True, 1, True, "none", 0)
