def g(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs
def f():
    return g(1, *[7, 8, 9], **{"d": 4, "z": 0}), g(1, d=1)


# allowed: ((1, 7, 8, (9,), 4, 5, {"z": 0}), (1, 2, 3, (), 1, 5, {}))
