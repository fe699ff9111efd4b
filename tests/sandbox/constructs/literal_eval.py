import ast
def f():
    return ast.literal_eval("{'a': [1, (2, None)]}")


# allowed: {"a": [1, (2, None)]}
