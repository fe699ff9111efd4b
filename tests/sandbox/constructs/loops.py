def f():
    n, out = 3, []
    while n:
        n -= 1
        if n == 1:
            continue
        out.append(n)
    else:
        out.append("else")
    for i, c in enumerate("abc", start=1):
        if c == "b":
            break
    else:
        out.append("never")
    return out, i, 1 < 2 <= 2 != 3, "a" in "abc" and not None


# allowed: ([2, 0, "else"], 2, True, True)
