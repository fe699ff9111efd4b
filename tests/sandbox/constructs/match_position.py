class A:
    __match_args__ = ("x",)
def f(value):
    match value:
        case A(x):
            return x


# refused: line 5: positional class pattern is not allowed: name the attributes
