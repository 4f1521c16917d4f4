"""The speed of one molecular step, written as arithmetic: ``2*k_on``, ``alpha*exp(v/(60*mV))``.

A rate constant of a receptor scheme is an expression over the constants given by name, the membrane
potential ``v``, numbers and units. The text is parsed with `ast` and only arithmetic is ever
evaluated, so a scheme that comes from a file cannot run code.
"""

from __future__ import annotations

import ast
import difflib
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from brian2 import kelvin, molar, msecond, second, usecond, volt
from brian2.units.allunits import mvolt
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_dimensions
from brian2.units.stdunits import mM, nM, uM

__all__ = ["Place", "RateExpression", "SchemeError", "dimension_name"]

VOLT, PER_SECOND = get_dimensions(volt), get_dimensions(1 / second)
PER_MOLAR_SECOND = get_dimensions(1 / molar / second)

#: Units that a number in the text may carry (the field's own; no other word is reserved).
UNITS = {
    "second": second,
    "msecond": msecond,
    "ms": msecond,
    "usecond": usecond,
    "us": usecond,
    "volt": volt,
    "mV": mvolt,
    "molar": molar,
    "mM": mM,
    "uM": uM,
    "nM": nM,
    "kelvin": kelvin,
}
TIME_UNITS = frozenset({"second", "msecond", "ms", "usecond", "us"})
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}
RESERVED = frozenset({"v", *UNITS, *FUNCTIONS})
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: math.pow(a, b),
}
_SLOWEST, _FASTEST = 1e-40, 1e15
_LONGEST = 400  # characters of one rate; keeps the tree shallower than Python's own stack


@dataclass(frozen=True)
class Place:
    """A stretch of one line of a scheme's text, to point at.

    Parameters
    ----------
    text : str
        The whole line.
    line : int
        Its number, from 1.
    start, stop : int
        First character and one past the last, from 0.
    """

    text: str
    line: int
    start: int
    stop: int

    def part(self, start: int, stop: int) -> Place:
        """Stretch ``start:stop`` counted from the beginning of this one."""
        return Place(self.text, self.line, self.start + start, self.start + stop)

    def stripped(self) -> Place:
        """The same without the white space around it."""
        inside = str(self)
        lead = len(inside) - len(inside.lstrip())
        return self.part(lead, max(lead, len(inside.rstrip())))

    def __str__(self) -> str:
        return self.text[self.start : self.stop]

    def drawing(self) -> str:
        """The line with carets under the stretch."""
        pad = "".join("\t" if c == "\t" else " " for c in self.text[: self.start])
        return f"{self.text}\n{pad}{'^' * max(1, self.stop - self.start)}"


class SchemeError(ValueError):
    """A receptor scheme that cannot be understood; the message points at the line and column.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    place : Place, optional
        Where, if it is in one place.
    """

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message, place)
        self.message = message
        self.place = place
        self.line = place.line if place else None
        self.column = place.start + 1 if place else None

    def __str__(self) -> str:
        if self.place is None:
            return self.message
        return f"line {self.line}, column {self.column}: {self.message}\n{self.place.drawing()}"


def dimension_name(dimension: Dimension) -> str:
    """Name of a physical dimension in the words of kinetics, e.g. ``1/(molar second)``."""
    known = {
        DIMENSIONLESS: "1",
        PER_SECOND: "1/second",
        PER_MOLAR_SECOND: "1/(molar second)",
        VOLT: "volt",
        get_dimensions(1 / volt): "1/volt",
        get_dimensions(molar): "molar",
        get_dimensions(second): "second",
        get_dimensions(kelvin): "kelvin",
    }
    return known.get(dimension, str(dimension))


def nearest(name: str, names: Iterable[str]) -> str:
    """Hint at the names most like ``name``; empty if none is."""
    close = difflib.get_close_matches(name, list(names), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


class RateExpression:
    """One rate constant as arithmetic over named constants, ``v``, numbers and units.

    Parameters
    ----------
    place : Place
        Where its text stands.

    Raises
    ------
    SchemeError
        If the text is not arithmetic.
    """

    def __init__(self, place: Place) -> None:
        self.place = place.stripped()
        self.text = str(self.place)
        if not self.text:
            raise SchemeError("a rate is missing here", self.place)
        if len(self.text) > _LONGEST:
            raise SchemeError(f"a rate longer than {_LONGEST} characters", self.place)
        self._tree = self._parse()
        try:
            self.names = tuple(dict.fromkeys(self._check(self._tree)))
        except RecursionError:
            raise SchemeError("this rate is nested too deeply", self.place) from None

    def _parse(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's own remarks on e.g. '2if'
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            start = max(0, min((error.offset or 1) - 1, len(self.text) - 1))
            place = self.place.part(start, start + 1)
            raise SchemeError("this is not arithmetic that I can read", place) from None
        except (ValueError, MemoryError, RecursionError):  # NUL, surrogates, endless nesting
            raise SchemeError("this is not arithmetic that I can read", self.place) from None

    def _where(self, node: ast.expr) -> Place:
        raw = self.text.encode()  # ast counts bytes
        start = len(raw[: node.col_offset].decode())
        return self.place.part(start, len(raw[: node.end_col_offset].decode()))

    def _check(self, node: ast.expr) -> list[str]:
        """Names used below ``node``; refuses everything that is not arithmetic."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._check(left) + self._check(right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self._check(operand)
            case ast.Constant(value=value) if type(value) in (int, float):
                try:
                    finite = math.isfinite(float(value))
                except OverflowError:
                    finite = False
                if not finite:
                    raise SchemeError("this number is too large", self._where(node))
                return []
            case ast.Name(id=name) if name not in FUNCTIONS:
                return [name]
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                if name not in FUNCTIONS:
                    hint = nearest(name, FUNCTIONS) or f"; there are {', '.join(FUNCTIONS)}"
                    raise SchemeError(f"unknown function '{name}'{hint}", self._where(node.func))
                return self._check(argument)
        raise SchemeError(
            "a rate may hold only + - * / **, numbers, names, units and "
            f"{', '.join(FUNCTIONS)} of one value",
            self._where(node),
        )

    def where(self, name: str) -> Place:
        """Where ``name`` first stands."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Name) and node.id == name:
                return self._where(node)
        return self.place

    def dimension(self, dimensions: Mapping[str, Dimension]) -> Dimension:
        """Physical dimension, given those of the names (``v`` and units are known).

        Raises
        ------
        SchemeError
            For a name that is not there, or a sum or function of unlike dimensions.
        """
        try:
            return self._dimension(self._tree, dimensions)
        except RecursionError:
            raise SchemeError("this rate is nested too deeply", self.place) from None

    def _dimension(self, node: ast.expr, known: Mapping[str, Dimension]) -> Dimension:
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self._dimension(left, known), self._dimension(right, known)
                if isinstance(op, ast.Mult):
                    return a * b
                if isinstance(op, ast.Div):
                    return a / b
                if isinstance(op, ast.Pow):
                    return self._power(a, b, right)
                if a != b:
                    raise SchemeError(
                        f"cannot add {dimension_name(a)} and {dimension_name(b)}",
                        self._where(node),
                    )
                return a
            case ast.UnaryOp(operand=operand):
                return self._dimension(operand, known)
            case ast.Name(id=name):
                if name == "v":
                    return VOLT
                if name in UNITS:
                    return get_dimensions(UNITS[name])
                if name not in known:
                    hint = nearest(name, [*known, *RESERVED])
                    raise SchemeError(
                        f"unknown name '{name}'{hint or '; give it as a keyword'}",
                        self._where(node),
                    )
                return known[name]
            case ast.Call(args=[argument]):
                inner = self._dimension(argument, known)
                if node.func.id == "sqrt":
                    return inner**0.5
                if inner != DIMENSIONLESS:
                    raise SchemeError(
                        f"{node.func.id} needs a pure number, got {dimension_name(inner)}",
                        self._where(argument),
                    )
        return DIMENSIONLESS

    def _power(self, base: Dimension, exponent: Dimension, node: ast.expr) -> Dimension:
        if exponent != DIMENSIONLESS:
            raise SchemeError("an exponent must be a pure number", self._where(node))
        if base == DIMENSIONLESS:
            return base
        if self._check(node):
            raise SchemeError("a quantity with a unit needs a plain exponent", self._where(node))
        try:
            return base ** self._value(node, {})
        except (ArithmeticError, ValueError):
            raise SchemeError("this exponent is not a number", self._where(node)) from None

    def value(self, values: Mapping[str, float]) -> float:
        """Value in SI base units, given those of the names (and ``v`` in volt).

        Raises
        ------
        SchemeError
            If the result is not a finite number, negative, or not physical.
        """
        try:
            result = self._value(self._tree, values)
        except (ArithmeticError, ValueError, RecursionError):
            result = math.nan
        at = f" at v = {values['v'] * 1e3:g} mV" if "v" in self.names else ""
        if not math.isfinite(result):
            raise SchemeError(f"rate '{self.text}' is not a finite number{at}", self.place)
        if result < 0:
            raise SchemeError(f"rate '{self.text}' is negative{at}: {result:g}", self.place)
        if result > _FASTEST or 0 < result < _SLOWEST:
            raise SchemeError(
                f"rate '{self.text}' is {result:.3g} in SI units{at}: not physical",
                self.place,
            )
        return result

    def _value(self, node: ast.expr, values: Mapping[str, float]) -> float:
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATORS[type(op)](self._value(left, values), self._value(right, values))
            case ast.UnaryOp(op=op, operand=operand):
                inner = self._value(operand, values)
                return -inner if isinstance(op, ast.USub) else inner
            case ast.Name(id=name):
                return values[name] if name not in UNITS else float(UNITS[name])
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return FUNCTIONS[name](self._value(argument, values))
        return float(node.value)
