def g(x):
    trace = []
    try:
        if x == 1:
            raise ValueError("v") from KeyError("k")
        y = 10 // x
    except (ValueError, ZeroDivisionError) as error:
        trace.append(type(error).__name__)
    except:
        trace.append("bare")
    else:
        trace.append(y)
    finally:
        trace.append("end")
    return trace
def f():
    try:
        assert 1 == 2, "no"
    except BaseException as error:
        last = error.args
    return g(0), g(1), g("a"), g(5), last


# allowed: (["ZeroDivisionError", "end"], ["ValueError", "end"], ["bare", "end"], [2, "end"], ("no",))
