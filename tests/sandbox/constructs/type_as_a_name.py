def f(type="t", id=3):
    def eval(x):
        return x * 2
    return type, id, eval(4)


# allowed: ("t", 3, 8)
