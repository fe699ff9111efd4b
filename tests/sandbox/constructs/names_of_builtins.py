def parse(input, dir=".", vars=None, file=None, help=None):
    compile = len
    return compile(input), dir, vars, file, help
def open(name):
    return f"opened {name}"
def f():
    input = "abc"
    return parse(input, vars=1), open("x")


# allowed: ((3, ".", 1, None, None), "opened x")
