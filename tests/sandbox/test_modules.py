"""What guest code can import, and that nothing useful to an attacker hangs on it."""

from __future__ import annotations

import sys
import types

import pytest
from crawl import MUTABLE, SAMPLES, crawl, is_forbidden
from guest_code import findings_of, load, value_of

from latm_magic.sandbox.policy.allowlist import ALLOWLIST
from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.runtime.classes import Refused
from latm_magic.sandbox.runtime.modules import Modules, reset_shared_state, warm_up
from latm_magic.sandbox.runtime.namespace import guest_namespace


@pytest.fixture(scope="module")
def reached():
    """Everything reachable in a namespace with a sample of each kind of object."""
    return crawl(load(SAMPLES))


def test_crawl_finds_nothing_forbidden_when_it_walks_everything(reached):
    """No module, frame, code, file, metaclass, code-making or attribute-reading function hangs on what is exposed."""
    assert len(reached) > 2000
    bad = [path for value, path in reached if is_forbidden(value)]
    assert bad == []


def test_crawl_finds_nothing_shared_when_two_namespaces_are_compared(reached):
    """No container that can be changed is reached from two namespaces."""
    other = crawl(load(SAMPLES))
    first = {id(value): path for value, path in reached if type(value) in MUTABLE}
    assert first
    assert [path for value, path in other if type(value) in MUTABLE and id(value) in first] == []


def test_listed_names_exist_when_this_python_has_them():
    """Every listed name exists in some supported Python; the few that do not exist here are known."""
    missing = {
        f"{module}.{name}"
        for module, listed in ALLOWLIST.items()
        for name in listed
        if not hasattr(Modules().get(module), name)
    }
    newer = {"itertools.batched", "math.fma", "math.sumprod", "random.binomialvariate", "statistics.kde"}
    newer |= {"collections.abc.ByteString", "typing.ByteString"}
    assert missing <= newer


def test_import_gives_the_package_when_a_submodule_is_named():
    """`import a.b` binds the package, which knows the submodule; `import a.b as c` binds the submodule."""
    assert value_of(
        "import collections.abc\nimport collections.abc as c\nfrom collections import abc\n"
        "def f():\n    return collections.abc.Sized is c.Sized is abc.Sized, collections.deque([1])[0]\n"
    ) == (True, 1)


def test_import_is_refused_when_the_module_is_not_listed():
    """A module that nobody listed is a finding with what to write instead, and an ImportError while running."""
    assert findings_of("import os\n")[0].startswith(
        "line 1: import of 'os' is not allowed: a tool works on its arguments"
    )
    assert "Did you mean 'math'?" in findings_of("import maths\n")[0]
    with pytest.raises(ImportError, match="not on the list"):
        Modules().get("os")
    with pytest.raises(ImportError, match="not on the list"):
        Modules().importer("socket")


def test_missing_name_is_named_when_it_is_read():
    """An attribute that a module does not give is named, with the closest that it gives."""
    assert "gives no 'sqr'. Did you mean 'sqrt'?" in value_of(
        "import math\ndef f():\n    try:\n        return getattr(math, 'sqr')\n    except AttributeError as error:\n        return str(error)\n"
    )


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "import ast\nOPS = {ast.Add: 1}\ndef f(x):\n    return isinstance(ast.parse(x), ast.Add)",
            {2: "`eval(text)`", 4: "eval"},
        ),
        ("import re\ndef f(x: re.RegexFlag):\n    return re.Scanner([])", {2: "write int", 3: "re.finditer"}),
        ("def f(x):\n    import math as m\n    return m.sqr(x)", {3: "Did you mean 'sqrt'?"}),
        ("import collections.abc\ndef f():\n    return collections.abc.Awaitable", {3: "the module gives"}),
        ("from collections import abc\nX = abc.Coroutine", {2: "the module gives"}),
        # What is given, or cannot be followed, is left to the running.
        ("import math, collections, collections.abc\nX = math.fma, collections.abc.Mapping, collections.Counter", {}),
        ("import math\ndef f(math):\n    return math.sqr", {}),
        ("import math\nimport statistics as math\nX = math.sqr", {}),
        ("from datetime import datetime\nX = datetime.now, datetime.anything", {}),
        ("import math\nX = getattr(math, 'sqr', None), hasattr(math, 'sqr')", {}),
    ],
)
def test_missing_name_is_refused_when_the_source_reads_it(source, lines):
    """A tool learns at its check, with advice, what a module does not give, wherever the source can be followed."""
    findings = compile_guest(source).findings
    assert {finding.line for finding in findings} == set(lines)
    assert all(
        any(text in finding.advice for finding in findings if finding.line == line) for line, text in lines.items()
    )


def test_missing_name_is_no_finding_when_the_person_allows_the_module():
    """What an extra module gives is known when it runs."""
    assert compile_guest("import numpy as np\nX = np.anything", extra_modules=("numpy",)).findings == ()


def test_proxy_refuses_when_anything_would_change_it():
    """A module cannot be set, deleted from, pickled or copied into something else."""
    proxy = Modules().get("math")
    with pytest.raises(Refused, match="modules cannot be changed"):
        proxy.pi = 3
    with pytest.raises(Refused, match="modules cannot be changed"):
        del proxy.pi
    with pytest.raises(Refused, match="no value"):
        proxy.__reduce_ex__(4)
    assert value_of(
        "import copy, math\ndef f():\n    return copy.copy(math) is math is copy.deepcopy(math), repr(math)\n"
    ) == (
        True,
        "<module 'math'>",
    )


def test_random_repeats_when_a_namespace_seeds_its_own():
    """Each namespace has a generator of its own: seeding repeats there, and nowhere else."""
    source = "import random\ndef f():\n    random.seed(1)\n    return random.random(), random.Random(1).random()\n"
    assert value_of(source) == value_of(source) == (0.13436424411240122, 0.13436424411240122)


def test_extra_module_is_there_when_the_person_allows_it():
    """A module of `extra_modules` gives its public names and its own submodules, and no others."""
    source = (
        "import numpy as np\nimport numpy.linalg\nfrom numpy import array\n"
        "def f():\n    a = array([3.0, 4.0])\n    return float(np.linalg.norm(a)), type(a) is np.ndarray\n"
    )
    assert "extra_modules" in findings_of(source)[0]
    assert value_of(source, extra_modules=("numpy",)) == (5.0, True)
    proxy = Modules(("numpy",)).get("numpy")
    for name in ("_core", "sys", "os", "nothing"):
        with pytest.raises(AttributeError, match="gives no"):
            getattr(proxy, name)
    warm_up(("numpy",))


def test_extra_module_gives_nothing_of_others_when_it_holds_them():
    """A module that an allowed module merely imported stays out of reach."""
    with pytest.raises(AttributeError, match="gives no 'enum'"):
        Modules(("http",)).get("http").enum  # noqa: B018


def test_c_level_imports_work_when_guest_code_triggers_them():
    """What C code imports through the tool's own `__import__` works, though guest code cannot import it."""
    assert value_of(
        "from datetime import datetime\nimport time, re\ndef f():\n"
        "    return datetime.strptime('2024-05-06', '%Y-%m-%d').day, time.strptime('7 2024', '%d %Y').tm_mday, re.sub('(a)', r'\\1\\1', 'a')\n"
    ) == (6, 7, "aa")
    assert vars(Modules().importer("_strptime")) == {"latm:title": "_strptime"}


def test_shared_state_is_fresh_when_a_namespace_is_made(monkeypatch):
    """Caches of the host that guest keys could poison are emptied, those of newer Python versions too."""
    import fractions

    cleared = []
    cache = types.SimpleNamespace(cache_clear=lambda: cleared.append(1))
    monkeypatch.setattr(fractions, "_hash_algorithm", cache, raising=False)
    reset_shared_state()
    assert cleared
    monkeypatch.setitem(sys.modules, "_strptime", None)
    monkeypatch.setitem(sys.modules, "fractions", None)
    reset_shared_state()
    assert guest_namespace(printed=print)["__name__"] == "tool"


LIBRARY_USES = {
    "textwrap": (
        (
            "import textwrap\ndef f():\n    w = textwrap.TextWrapper(width=8)\n    w.width = 9\n"
            "    return textwrap.wrap('aa bb', 3), textwrap.fill('aa bb', 3), textwrap.shorten('aa bb cc', 6, placeholder=''), w.fill('a b')\n"
        ),
        (["aa", "bb"], "aa\nbb", "aa bb", "a b"),
    ),
    "re": (
        "import re\ndef f():\n    return re.escape('a.b'), re.escape(b'a.b'), re.compile('A', re.I | re.M).flags & re.I, re.findall(r'\\d', 'a1b2')\n",
        (r"a\.b", rb"a\.b", 2, ["1", "2"]),
    ),
    "copy": (
        "import copy\ndef f():\n    a = [[1]]\n    b = copy.deepcopy(a, {})\n    b[0][0] = 2\n    return a, copy.copy(a)\n",
        ([[1]], [[1]]),
    ),
    "calendar": (
        "import calendar\ndef f():\n    c = calendar.Calendar()\n    c.setfirstweekday(6)\n    return calendar.monthrange(2024, 2), c.firstweekday, calendar.day_name[0]\n",
        ((3, 29), 6, "Monday"),
    ),
    "operator": (
        (
            "import operator\nclass A:\n    def __init__(self):\n        self.x = 1\n        self._y = 2\n"
            "def f():\n    return operator.attrgetter('x')(A()), operator.attrgetter('x', '_y')(A()), operator.methodcaller('upper')('a'), operator.itemgetter(0)('ab')\n"
        ),
        (1, (1, 2), "A", "a"),
    ),
    "functools": (
        (
            "import functools\ndef d(g):\n    @functools.wraps(g)\n    def w():\n        'inner'\n        return g.__name__\n    return w\n"
            "@d\ndef h():\n    'doc'\ndef f():\n    return h(), h.__name__, h.__doc__, functools.wraps(h)(3)\n"
        ),
        ("h", "h", "doc", 3),
    ),
    "typing": (
        (
            "import typing\nfrom typing import NamedTuple, Protocol, runtime_checkable, final, get_origin\n"
            "@runtime_checkable\nclass P(Protocol):\n    def go(self): ...\n@final\nclass A:\n    def go(self): ...\n"
            "N = NamedTuple('N', [('a', int)])\n"
            "def f():\n    return isinstance(A(), P), isinstance(1, P), N(1).a, get_origin(list[int]) is list, get_origin(typing.Type[int]) is type\n"
        ),
        (True, False, 1, True, True),
    ),
    "abc": (
        (
            "import abc\nclass A(metaclass=abc.ABCMeta):\n    @abc.abstractmethod\n    def m(self): ...\n    x = abc.abstractmethod(3)\n"
            "class B(abc.ABC):\n    @property\n    @abc.abstractmethod\n    def p(self): ...\n"
            "class C(A):\n    def m(self):\n        return 1\n    x = 2\nA.register(int)\n"
            "def f():\n    try:\n        A()\n    except TypeError:\n        return C().m(), isinstance(3, A), isinstance(A, abc.ABCMeta)\n"
        ),
        (1, True, True),
    ),
    "decimal": (
        "from decimal import *\n".replace("*", "Decimal, getcontext, localcontext, ROUND_HALF_UP")
        + "def f():\n    getcontext().prec = 4\n    with localcontext() as c:\n        c.prec = 2\n        a = str(Decimal(1) / 3)\n    return a, str(Decimal(1) / 3), str(Decimal('2.5').quantize(Decimal(1), ROUND_HALF_UP))\n",
        ("0.33", "0.3333", "3"),
    ),
    "namedtuple": (
        (
            "from collections import namedtuple\nP = namedtuple('P', 'x y', defaults=[2])\nQ = namedtuple('Q', ['a', 'class', 'a'], rename=True)\n"
            "def f():\n    p = P(1)\n    return p._replace(x=5), p._asdict(), P._make([7, 8]), p._fields, Q(1, 2, 3)._fields\n"
        ),
        ((5, 2), {"x": 1, "y": 2}, (7, 8), ("x", "y"), ("a", "_1", "_2")),
    ),
}


@pytest.mark.parametrize("name", LIBRARY_USES)
def test_library_serves_when_used_as_makers_do(name):
    """Modules whose functions are replaced do what makers use them for."""
    source, want = LIBRARY_USES[name]
    assert value_of(source) == want


REFUSED_USES = {
    "import operator\ndef f():\n    return operator.attrgetter()\n": "attrgetter expected 1 argument",
    "import copy\nclass D(dict):\n    pass\ndef f():\n    return copy.deepcopy([1], D())\n": "plain dict",
    "import typing\ndef f():\n    return typing.TypedDict('T', {})\n": "write it as a class",
    "import random\ndef f():\n    return random.Random.seed('x', 1)\n": "takes an object of its own class",
    "import abc\ndef f():\n    return abc.abstractmethod(abc.abstractmethod)\n": "function of your own",
    "from collections import namedtuple\ndef f():\n    return namedtuple('A', '_x')\n": "cannot start with an underscore",
    "from collections import namedtuple\ndef f():\n    return namedtuple(3, 'x')\n": "valid identifiers",
}


@pytest.mark.parametrize("source", REFUSED_USES)
def test_library_refuses_when_used_against_the_host(source):
    """What the replaced functions refuse is said plainly."""
    with pytest.raises(Exception, match=REFUSED_USES[source]):
        value_of(source)
