def f(value):
    match value:
        case [_x_, *_y_]:
            return 1
        case {"a": 1, **__z}:
            return 2
        case int(_v_):
            return 3


# refused: line 3: name '_x_'
# refused: line 3: name '_y_'
# refused: line 5: name '__z'
# refused: line 7: name '_v_'
