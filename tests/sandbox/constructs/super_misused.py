def f(x):
    y = super
    return super(int, x).__init__, x.__init__(), super().__dict__, y
class A:
    def __new__(cls):
        return super().__new__(int)


# refused: line 2: name 'super' is not allowed: write `super().method(...)`
# refused: line 3: name 'super'
# refused: line 3: attribute '__init__' is not allowed: call it as `super().__init__(...)`
# refused: line 3: attribute '__dict__'
# refused: line 6: attribute '__new__'
