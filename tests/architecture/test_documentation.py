"""Everything public says what it is, what it takes, in which unit, and what it gives."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from dataclasses import is_dataclass
from functools import cached_property

import pytest

import nmj_brian as nmj

_UNDERLINED = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


def sections(thing):
    """Numpydoc sections of a docstring by title; the text before the first has the title ''."""
    parts = _UNDERLINED.split(inspect.getdoc(thing) or "")
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def entries(section):
    """Names of a section of parameters, each with whether a text stands below it."""
    found, heads = {}, re.compile(r"^(\S.*)\n((?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
    for head, text in heads.findall(section):
        for name in head.split(" : ")[0].split(","):
            found[name.strip().lstrip("*")] = bool(text.strip())
    return found


def arguments(thing):
    """Names of what a callable takes, without self or cls."""
    names = list(inspect.signature(thing).parameters)
    return [name for name in names if name not in ("self", "cls")]


def public_parts(kind):
    """Methods and properties that a class has from this package, as (name, function, is property)."""
    seen = set()
    for owner in kind.__mro__:
        if not owner.__module__.startswith("nmj_brian"):
            continue
        for name, part in vars(owner).items():
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            if isinstance(part, property | cached_property):
                yield f"{owner.__name__}.{name}", part, True
            elif isinstance(part, classmethod | staticmethod):
                yield f"{owner.__name__}.{name}", part.__func__, False
            elif inspect.isfunction(part):
                yield f"{owner.__name__}.{name}", part, False


def public(module=nmj, prefix=""):
    """Everything that is reachable from ``__all__``, as name -> (thing, is property)."""
    found = {}
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            found |= public(thing, f"{name}.")
        elif inspect.isclass(thing):
            found[prefix + name] = thing, False
            found |= {part: (it, is_property) for part, it, is_property in public_parts(thing)}
        elif inspect.isfunction(thing):
            found[prefix + name] = thing, False
    return found


def flaws(thing):
    """What the docstring of a class, function or method lacks."""
    text, wrong = sections(thing), []
    if not text[""].split("\n\n")[0].rstrip().endswith((".", ":")):
        wrong.append("first paragraph is no sentence")
    given = entries(text.get("Parameters", ""))
    if is_dataclass(thing) and "Parameters" not in text:  # a result: what it takes is what it has
        given = entries(text.get("Attributes", ""))
    wrong += [f"{name} not described" for name in arguments(thing) if not given.get(name)]
    if not is_dataclass(thing):
        wrong += [f"{name} is no argument" for name in given if name not in arguments(thing)]
    gives = inspect.signature(thing).return_annotation
    if not inspect.isclass(thing):
        if gives is inspect.Signature.empty:
            wrong.append("no annotation of what it returns")
        elif gives not in (None, "None") and not text.get("Returns", "").strip():
            wrong.append(f"no Returns, but returns {gives}")
    return wrong


PUBLIC = public()
CALLABLES = {name: thing for name, (thing, is_property) in PUBLIC.items() if not is_property}
PROPERTIES = {name: thing for name, (thing, is_property) in PUBLIC.items() if is_property}


@pytest.mark.parametrize("name", CALLABLES)
def test_public_names_are_documented(name):
    """A sentence, every argument with a text, and what is returned, in numpydoc's form."""
    assert not flaws(CALLABLES[name])


def test_properties_are_documented():
    """Every public property says in a sentence what it gives."""
    bare = [
        name
        for name, thing in PROPERTIES.items()
        if not (inspect.getdoc(thing) or "").split("\n\n")[0].rstrip().endswith(".")
    ]
    assert not bare


def test_the_check_finds_flaws():
    """The check itself: an undescribed argument, a stale one, a missing Returns."""

    def bad(a, b):
        """Takes something.

        Parameters
        ----------
        a : float
        gone : float
            Not there any more.
        """

    bad.__annotations__["return"] = "float"
    assert flaws(bad) == [
        "a not described",
        "b not described",
        "gone is no argument",
        "no Returns, but returns float",
    ]


MODULES = [
    module.name
    for module in pkgutil.walk_packages(nmj.__path__, "nmj_brian.")
    if not module.name.startswith(("nmj_brian._core.", "nmj_brian.__main__"))
]


def test_examples_in_docstrings_run():
    """What is typed into an example works and prints what stands below, or is marked SKIP."""
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(verbose=False)
    for name in MODULES:
        module = importlib.import_module(name)
        for test in finder.find(module, name):
            runner.run(test)
    result = runner.summarize(verbose=False)
    assert result.attempted > 0
    assert result.failed == 0
