LIMIT = 4
def f():
    x = 3
    def attempt(text):
        try:
            return eval(text)
        except Exception as error:
            return type(error).__name__
    class A:
        y = eval("LIMIT + 1")
    return (eval("2 * (3 + 4) ** 2"), eval("x + LIMIT"), eval(" x * 1 "), eval("a + b", {"a": 1, "b": 2}), eval("a + b", {"a": 1}, {"b": 5}),
            eval("max(1, 2)", {"__builtins__": {}, "max": min}), attempt("1 +"), attempt("open('x')"), attempt("import os"), attempt(3), A.y, list(map(eval, ["1", "2"])), attempt("abs(-1)"))


# allowed: (98, 7, 3, 3, 6, 1, "SyntaxError", "Refused", "SyntaxError", "TypeError", 5, [1, 2], 1)
