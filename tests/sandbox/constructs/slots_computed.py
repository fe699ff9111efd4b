class A:
    __slots__ = tuple("ab")
class B:
    __slots__ = ("__class__",)
class C:
    __slots__: tuple = ("a",)


# refused: line 2: computed '__slots__'
# refused: line 4: name '__class__' in '__slots__'
# refused: line 6: name '__slots__'
