"""What guest code holds while it runs: builtins, guards and classes, each namespace with its own."""

from __future__ import annotations

import pytest
from guest_code import load, value_of

from latm_magic.sandbox.policy.names import demangled
from latm_magic.sandbox.runtime.class_factories import dataclass
from latm_magic.sandbox.runtime.classes import ClassLookup, Refused, is_guest_class, mark
from latm_magic.sandbox.runtime.namespace import guest_namespace


def test_printed_text_arrives_when_guest_code_prints():
    """What is printed goes to the one place that was given, and nowhere else."""
    texts = []
    load("print('a', 1, sep='-')\nprint()\n", printed=texts.append)
    assert texts == ["a-1\n", "\n"]
    with pytest.raises(Refused, match="return the text"):
        load("print('a', file=3)\n")


def test_namespaces_share_nothing_when_two_are_made():
    """Two namespaces have builtins, guards and modules of their own."""
    first, second = guest_namespace(printed=print), guest_namespace(printed=print)
    assert first["__builtins__"] is not second["__builtins__"]
    first["__builtins__"]["len"] = None
    assert second["__builtins__"]["len"] is len


def test_namespace_stays_small_when_classes_are_made_without_end():
    """Classes made in a loop are not kept alive by the guards, and still work."""
    source = (
        "def f():\n    for i in range(700):\n        class A:\n            def __init__(self):\n                self.x = i\n"
        "        a = A()\n        a.x += 1\n        kind = type(a).__name__\n    return a.x, kind\n"
    )
    namespace = load(source)
    assert namespace["f"]() == (700, "A")
    assert len(namespace["latm:classes"]) <= 256
    lookup = namespace["latm:class_of"]
    assert isinstance(lookup, ClassLookup)
    assert len(lookup) <= 256


REFUSED_WHILE_RUNNING = {
    "def f():\n    setattr([], 'x', 1)\n": "attributes of 'list' cannot be set here",
    "class A: ...\ndef f():\n    setattr(A(), 'not a name', 1)\n": "use a plain identifier",
    "class A: ...\ndef f():\n    setattr(A(), '__class__', 1)\n": "'__class__' is not allowed",
    "def f():\n    getattr([], '__subclasses__')\n": "'__subclasses__' is not allowed",
    "def f():\n    getattr([], 3)\n": "attribute name must be string, not 'int'",
    "import math\ndef f():\n    math.pi += 1\n": "attributes of 'module' cannot be set here",
    "import math\ndef f():\n    del math.pi\n": "attributes of 'module' cannot be set here",
    "def g(x):\n    x.y = 1\ndef f():\n    g(len)\n": "attributes of 'builtin_function_or_method' cannot be set here",
    "def f():\n    f.x = 1\n    f.x.y = 2\n": "attributes of 'int' cannot be set here",
    "class A(str): ...\nclass B:\n    def __init__(self):\n        A.__init__(self)\ndef f():\n    B()\n": "takes the object itself",
    "def g(x):\n    x.__init__(x)\ndef f():\n    g(3)\n": None,
    "class K(type(iter([]))): ...\ndef f(): ...\n": "no class can derive from",
    "from dataclasses import dataclass\ndef f():\n    dataclass(int)\n": "class of your own",
    "def f():\n    return (1).format\n": "has no attribute 'format'",
    "def f():\n    return type(1, (), {})\n": "makes nothing here",
    "import collections.abc\ndef f():\n    return collections.abc.Sized.register(int)\n": "attribute 'register'",
    "def f():\n    return ''.nothing\n": "no attribute",
    "def f():\n    return getattr('', 'obj')\n": "no attribute 'obj'",
}


@pytest.mark.parametrize("source", [source for source, message in REFUSED_WHILE_RUNNING.items() if message])
def test_guard_refuses_when_only_running_shows_it(source):
    """What the source does not show is refused by the guards, with what to do instead."""
    with pytest.raises(Exception, match=REFUSED_WHILE_RUNNING[source]):
        value_of(source)


def test_errors_may_carry_attributes_when_guest_code_sets_them():
    """Errors, decimal contexts and text wrappers belong to whoever made them: their attributes may be set."""
    assert value_of("def f():\n    error = ValueError('x')\n    error.code = 5\n    return error.code\n") == 5


def test_register_is_read_when_the_class_is_guest_code():
    """An abstract class of the guest's own may register others; a method called `register` or `obj` is an ordinary one."""
    source = (
        "from abc import ABC\nclass A(ABC): ...\nA.register(int)\n"
        "class B:\n    def __init__(self):\n        self.obj = 3\n    def register(self, x):\n        return x\n"
        "class C(B):\n    def register(self, x):\n        return super().register(x) + 1\n"
        "def f():\n    return isinstance(1, A), B().obj, B().register(2), C().register(2), B.register(B(), 4)\n"
    )
    assert value_of(source) == (True, 3, 2, 3, 4)


def test_hidden_names_are_shown_when_a_message_holds_one():
    """A message that holds a hidden attribute name can be shown as guest code wrote it."""
    with pytest.raises(AttributeError) as caught:
        value_of("class A: ...\ndef f():\n    return A()._nothing\n")
    assert demangled(str(caught.value)) == "'A' object has no attribute '_nothing'"


def test_dataclass_refuses_when_a_field_is_no_name():
    """Field names end up in code, so a class with any other annotation is refused, however it came by it."""
    crafted = mark(type("Crafted", (), {"__annotations__": {"a=print()": int}}))
    with pytest.raises(Refused, match="plain names"):
        dataclass(crafted)


def test_rare_forms_run_when_used():
    """Forms that hardly anyone writes behave as Python's."""
    source = (
        "class S(str): ...\n"
        "class A:\n    global __shared\n    __shared = 2\n    def get(self):\n        return 1\n"
        "def f():\n    return S('{}-{}').format(1, 2), type(*[3]) is int, A().get()\n"
    )
    assert value_of(source) == ("1-2", True, 1)


def test_guest_classes_are_known_when_a_class_claims_to_be_one():
    """No name in a class's body and no base make a guest class: only the sandbox notes them, for as long as they live."""
    own = load("class A: ...\n")["A"]
    assert is_guest_class(own)
    assert not is_guest_class(type("B", (own,), {}))
    assert not is_guest_class(type("C", (), dict.fromkeys(("_abc_latm_guest", "latm:guest"), True)))
    assert not is_guest_class(3)
