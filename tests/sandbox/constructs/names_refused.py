def f(__x, _y_, *super):
    __builtins__
    exec("1")
    globals()
    import math as _write_
    dir()
    __import__("os")
    staticmethod
    anext
    return __file__
def __getattr__(name): ...
x = lambda _getattr_: 1


# refused: line 1: name '__x'
# refused: line 1: name '_y_'
# refused: line 1: name 'super'
# refused: line 2: name '__builtins__'
# refused: line 3: name 'exec' is not allowed: write the code out as functions
# refused: line 4: name 'globals'
# refused: line 5: name '_write_'
# refused: line 6: name 'dir'
# refused: line 7: name '__import__' is not allowed: write an import statement
# refused: line 9: name 'anext'
# refused: line 10: name '__file__'
# refused: line 11: name '__getattr__'
# refused: line 12: name '_getattr_'
