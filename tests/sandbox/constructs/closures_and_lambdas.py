def adder(n):
    return lambda x, *rest, k=1: x + n + sum(rest) + k
def f():
    fs = [lambda i=i: i for i in range(3)]
    return adder(2)(1, 5, k=0), [g() for g in fs], (lambda: 3)()


# allowed: (8, [0, 1, 2], 3)
