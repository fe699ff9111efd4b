def f():
    a, (b, *c), *d = 1, (2, 3, 4), 5, 6
    [x, y] = "xy"
    first, *_ = [9, 8]
    for __ in range(2):
        pass
    a, b = b, a
    return a, b, c, d, x, y, first, [*c, *d], {**{"k": 1}}


# allowed: (2, 1, [3, 4], [5, 6], "x", "y", 9, [3, 4, 5, 6], {"k": 1})
