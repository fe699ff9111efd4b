def f():
    print("a", 1, sep="-", end="!")
    print(None, sep=None, end=None)
    print(flush=True)
    try:
        print("a", sep=3)
    except TypeError as error:
        return str(error)


# allowed: "sep and end must be None or a string"
