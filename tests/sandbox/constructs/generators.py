def count(n):
    while n:
        got = yield n
        n = n - 1 if got is None else got
    else:
        return "done"
def chain():
    result = yield from count(2)
    yield result
def f():
    g = count(9)
    next(g)
    return list(chain()), g.send(3), sum(x for x in count(3) if x > 1), list(reversed([*count(2)]))


# allowed: ([2, 1, "done"], 3, 5, [1, 2])
