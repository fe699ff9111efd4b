count = 0
_hidden = 1
def f():
    global count, _hidden
    total = 0
    def add(n):
        nonlocal total
        total += n
    count += 1
    _hidden += 1
    add(2)
    return total, count, _hidden


# allowed: (2, 1, 2)
