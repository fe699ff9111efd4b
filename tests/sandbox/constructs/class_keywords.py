class A(metaclass=type):
    pass
class B(**{"a": 1}):
    pass
class C(A, flag=1):
    pass


# refused: line 1: class keyword 'metaclass'
# refused: line 3: class keyword 'None'
# refused: line 5: class keyword 'flag'
