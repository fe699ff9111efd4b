class A:
    n = 0
def f():
    a = A()
    a.n += 1
    A.n -= 1
    box = {"x": [1]}
    box["x"] += [2]
    box["x"][0] *= 5
    k = 2
    k **= 3
    return a.n, A.n, box, k


# allowed: (1, -1, {"x": [5, 2]}, 8)
