def f():
    grid = [[i * j for j in range(3)] for i in range(3) if i]
    return grid, {k: v for k, v in zip("ab", (1, 2))}, {x % 2 for x in range(5)}, [y for x in grid for y in x if y], [n := 5, n + 1], [last := i for i in range(2)], last


# allowed: ([[0, 1, 2], [0, 2, 4]], {"a": 1, "b": 2}, {0, 1}, [1, 2, 2, 4], [5, 6], [0, 1], 1)
