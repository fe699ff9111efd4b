class P:
    def __init__(self):
        self.name = "n"
        self._y = 2
        self.items = [1, {"k": "v"}]
    def format(self, x):
        return "own " + x
class Q(P):
    def format(self, x):
        return super().format(x) + "!"
def f():
    p = P()
    template = "{0.name}-{p.items[1][k]}-{0.items[0]:>3}"
    many = "{} {:>{w}} {!r}"
    return (template.format(p, p=p), many.format(1, 2, "x", w=4), "{a}".format_map({"a": 1}), "{a.name}".format_map({"a": p}),
            p.format("x"), Q().format("y"), str.format("{0} {1.name}", 1, p), list(map("{:02d}".format, [1, 2])), "{.name} {._y}".format(p, p),
            "{{}}".format(), str.format_map("{a.name}", {"a": p}), getattr("{}", "format")(3), P.format(p, "z"))


# allowed: ("n-v-  1", "1    2 'x'", "1", "n", "own x", "own y!", "1 n", ["01", "02"], "n 2", "{}", "n", "3", "own z")
