def f(value):
    match value:
        case object(__class__=x):
            return x
        case object(format=x):
            return x
        case value.format:
            return 1
        case {value.format: 1}:
            return 2
        case value.__class__(a=1):
            return 3


# refused: line 3: attribute '__class__' in a pattern
# refused: line 5: attribute 'format' in a pattern
# refused: line 7: special attribute in a pattern
# refused: line 9: special attribute in a pattern
# refused: line 11: class pattern with a special attribute
