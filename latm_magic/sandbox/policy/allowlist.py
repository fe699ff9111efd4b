"""The allowlist: the modules, builtins and syntax that guest code may use. Whatever is not listed here is refused.

To add a safe module, add one line to `_MODULES`: what the maker is told (`SAFE_MODULES`), what the sandbox hands out
and the policy's version follow from it. A name is listed when it computes on its arguments alone: no files, no
processes, no process-wide state, no code made of text, no attribute read by a name that guest code supplies.

Only names; the objects come from `runtime`, which replaces some of them. The host imports this file too, so it imports
nothing but the standard library.
"""

from __future__ import annotations

import builtins
import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_MODULES = {
    "math": """
        acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2
        expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt
        lcm ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh
        sqrt sumprod tan tanh tau trunc ulp
    """,
    "cmath": """
        acos acosh asin asinh atan atanh cos cosh e exp inf infj isclose isfinite isinf isnan log log10 nan nanj
        phase pi polar rect sin sinh sqrt tan tanh tau
    """,
    "itertools": """
        accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile
        filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest
    """,
    "functools": "cache cached_property cmp_to_key lru_cache partial partialmethod reduce total_ordering wraps",
    "operator": """
        abs add and_ attrgetter concat contains countOf delitem eq floordiv ge getitem gt iadd iand iconcat
        ifloordiv ilshift imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_not isub itemgetter
        itruediv ixor le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_ pos pow rshift
        setitem sub truediv truth xor
    """,
    "collections": "ChainMap Counter OrderedDict UserDict UserList abc defaultdict deque namedtuple",
    "collections.abc": """
        ByteString Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping
        MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView
    """,
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "re": """
        A ASCII DOTALL I IGNORECASE L LOCALE M MULTILINE Match NOFLAG Pattern S U UNICODE VERBOSE X compile
        error escape findall finditer fullmatch match search split sub subn
    """,
    "string": """
        Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable
        punctuation whitespace
    """,
    "random": """
        Random betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate
        lognormvariate normalvariate paretovariate randbytes randint random randrange sample seed setstate
        shuffle triangular uniform vonmisesvariate weibullvariate
    """,
    "datetime": "MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo",
    "calendar": """
        Calendar FRIDAY IllegalMonthError IllegalWeekdayError MONDAY SATURDAY SUNDAY THURSDAY TUESDAY
        TextCalendar WEDNESDAY calendar day_abbr day_name isleap leapdays mdays month month_abbr month_name
        monthcalendar monthrange timegm weekday weekheader
    """,
    "time": """
        altzone asctime ctime daylight gmtime localtime mktime monotonic monotonic_ns perf_counter
        perf_counter_ns process_time process_time_ns sleep strftime strptime struct_time thread_time time
        time_ns timezone tzname
    """,
    "statistics": """
        NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean kde
        linear_regression mean median median_grouped median_high median_low mode multimode pstdev pvariance
        quantiles stdev variance
    """,
    "decimal": """
        Clamped Context ConversionSyntax Decimal DecimalException DecimalTuple DivisionByZero DivisionImpossible
        DivisionUndefined FloatOperation Inexact InvalidContext InvalidOperation MAX_EMAX MAX_PREC MIN_EMIN
        MIN_ETINY Overflow ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN
        ROUND_HALF_UP ROUND_UP Rounded Subnormal Underflow getcontext localcontext setcontext
    """,
    "fractions": "Fraction",
    "numbers": "Complex Integral Number Rational Real",
    "json": "JSONDecodeError JSONDecoder JSONEncoder dumps loads",
    "copy": "copy deepcopy",
    "textwrap": "TextWrapper dedent fill indent shorten wrap",
    "difflib": """
        Differ IS_CHARACTER_JUNK IS_LINE_JUNK SequenceMatcher context_diff get_close_matches ndiff restore
        unified_diff
    """,
    "typing": """
        AbstractSet Annotated Any AnyStr Callable ClassVar Collection Concatenate Container Counter DefaultDict
        Deque Dict Final FrozenSet Generator Generic Hashable ItemsView Iterable Iterator KeysView List Literal
        LiteralString Mapping MutableMapping MutableSequence MutableSet NamedTuple Never NewType NoReturn
        NotRequired Optional OrderedDict ParamSpec Protocol Required Reversible Self Sequence Set Sized
        SupportsAbs SupportsBytes SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound
        TYPE_CHECKING Text Tuple Type TypeAlias TypeGuard TypeVar TypeVarTuple TypedDict Union Unpack ValuesView
        assert_never cast final get_args get_origin overload override runtime_checkable
    """,
    "dataclasses": """
        FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple dataclass field fields is_dataclass replace
    """,
    "enum": "Enum Flag IntEnum IntFlag StrEnum auto unique",
    "abc": "ABC ABCMeta abstractmethod",
    "contextlib": "AbstractContextManager ContextDecorator ExitStack closing contextmanager nullcontext suppress",
    "hashlib": """
        algorithms_guaranteed blake2b blake2s md5 new sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384
        sha3_512 sha512
    """,
    "base64": """
        a85decode a85encode b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode
        b64encode b85decode b85encode decodebytes encodebytes standard_b64decode standard_b64encode
        urlsafe_b64decode urlsafe_b64encode
    """,
    "html": "escape unescape",
    "unicodedata": """
        bidirectional category combining decimal decomposition digit east_asian_width is_normalized lookup
        mirrored name normalize numeric unidata_version
    """,
    "graphlib": "CycleError TopologicalSorter",
    "ast": "literal_eval",
    "zlib": "adler32 crc32",
}

ALLOWLIST = MappingProxyType({module: frozenset(names.split()) for module, names in _MODULES.items()})
"""Module -> the names that guest code sees; some exist in newer Python versions only."""

_PARTIAL = frozenset({"ast", "zlib"})
"""Importable, but not told to the maker: a few names of each are here, and the rest would be tried too."""

SAFE_MODULES = tuple(module for module in ALLOWLIST if "." not in module and module not in _PARTIAL)
"""The top-level modules that the maker is told it may import, in the order in which it is told."""

_PLAIN_BUILTINS = """
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter
    float format frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord
    pow property range repr reversed round set slice sorted staticmethod str sum tuple zip NotImplemented
    Ellipsis
    ArithmeticError AssertionError AttributeError BufferError EOFError Exception FloatingPointError IndexError
    ImportError KeyError LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError
    OverflowError RecursionError ReferenceError RuntimeError StopIteration SyntaxError SystemError
    TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UnicodeTranslateError ValueError ZeroDivisionError IOError FileNotFoundError PermissionError
    ConnectionError Warning DeprecationWarning RuntimeWarning UserWarning
"""

PLAIN_BUILTINS = tuple(name for name in _PLAIN_BUILTINS.split() if hasattr(builtins, name))
"""Builtins that are handed over as they are."""

_GUARDED_BUILTINS = ("BaseException", "delattr", "eval", "getattr", "hasattr", "print", "setattr", "type")
"""Builtins that a guard replaces; `super` is there too, and the policy rewrites every use of it."""

BUILTIN_NAMES = frozenset({*PLAIN_BUILTINS, *_GUARDED_BUILTINS, "super"})
"""Every builtin that guest code may name."""

_SYNTAX = """
    Module Expression Expr FunctionDef ClassDef Lambda arguments arg Return Yield YieldFrom Global Nonlocal
    Assign AugAssign AnnAssign NamedExpr Delete Pass Import ImportFrom alias If For While Break Continue
    Raise Assert Try ExceptHandler With withitem
    Match match_case MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar MatchAs MatchOr
    Constant JoinedStr FormattedValue Name Load Store Del Starred Attribute Subscript Slice
    List Tuple Set Dict ListComp SetComp DictComp GeneratorExp comprehension Call keyword IfExp
    UnaryOp UAdd USub Not Invert BinOp Add Sub Mult Div FloorDiv Mod Pow LShift RShift BitOr BitXor BitAnd MatMult
    BoolOp And Or Compare Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn
"""

SYNTAX = frozenset(_SYNTAX.split())
"""Classes of `ast` that a source may be made of."""

_RULES_VERSION = 4
"""Raise it when the policy's rules or guards change what is accepted; the lists above count by themselves."""


def _digest() -> str:
    listed = [f"{module}: {' '.join(sorted(names))}" for module, names in ALLOWLIST.items()]
    listed += [*_PLAIN_BUILTINS.split(), *_GUARDED_BUILTINS, *(f"ast.{name}" for name in SYNTAX)]
    return hashlib.sha256("\n".join(sorted(listed)).encode()).hexdigest()[:8]


POLICY_VERSION = f"{_RULES_VERSION}.{_digest()}"
"""Version of what the policy accepts, for example "2.1f3a9c2b": the same on every system and Python version.

It stands in every verification; a tool that was verified under another one is verified again.
"""


def is_extra(name: str, extra_modules: Collection[str]) -> bool:
    """Whether `name` is a module, or inside a module, that the person allowed beside the list."""
    return any(name == extra or name.startswith(f"{extra}.") for extra in extra_modules)
