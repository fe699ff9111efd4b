def f():
    x, width = "a", 5
    return f"{x!r:>10}", f"{1 / 3:.{width}f}", f"{x=}", f"{ {'k': 1}['k'] }", f"{{}}"


# allowed: ("       'a'", "0.33333", "x='a'", "1", "{}")
