def f():
    try:
        eval("1", [("a", 1)])
    except TypeError as error:
        return str(error)


# allowed: "eval() takes its variables as a dict"
