"""A mutant put in place of the module that is imported already, so that nothing needs to be imported anew.

Functions keep their identity and get other code, because other modules hold them; constants are replaced wherever
a module holds them under their name. Only what a changed statement of the module's top level makes is touched, and
the constants after it, which may be made of it.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

_CONSTANTS = (bool, int, float, str, bytes, tuple, frozenset, dict, list, set)


class NotPatched(Exception):
    """A change that cannot be put in place of what is imported."""


def patch(module: ModuleType, was: str, becomes: str) -> None:
    """Make an imported module whose source `was` what it would be with the source that it `becomes`. Whatever that
    raises is what an import of the mutant would raise."""
    before, after = ast.parse(was).body, ast.parse(becomes).body
    changed = [index for index, pair in enumerate(zip(before, after, strict=True)) if _differ(*pair)]
    if len(changed) != 1:
        raise NotPatched(f"{len(changed)} statements differ")
    first = changed[0]
    space = dict(module.__dict__)
    _execute(after[first], space, module)
    made = {name for name, value in space.items() if module.__dict__.get(name) is not value}
    for statement in after[first + 1 :]:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            _execute(statement, space, module)
    for name, old in list(module.__dict__.items()):
        new = space.get(name)
        if name in made or (isinstance(new, _CONSTANTS) and new != old):
            _replace(module, name, old, new)


def _differ(one: ast.stmt, other: ast.stmt) -> bool:
    return ast.dump(one) != ast.dump(other)


def _execute(statement: ast.stmt, space: dict[str, Any], module: ModuleType) -> None:
    # `from __future__ import annotations` holds for a whole file.
    future = ast.parse("from __future__ import annotations").body
    code = compile(ast.Module([*future, statement], []), module.__file__ or "", "exec", dont_inherit=True)
    exec(code, space)


def _replace(module: ModuleType, name: str, old: object, new: object) -> None:
    if isinstance(old, type) and isinstance(new, type):
        for attribute, value in vars(new).items():
            _replace_attribute(old, attribute, value)
        return
    old_function, new_function = _function(old), _function(new)
    if old_function is not None and new_function is not None:
        _recode(old_function, new_function)
        return
    for each in list(sys.modules.values()):
        if getattr(each, "__dict__", {}).get(name) is old:
            setattr(each, name, new)


def _replace_attribute(owner: type, name: str, new: object) -> None:
    old = vars(owner).get(name)
    pairs = list(zip(_functions(old), _functions(new), strict=False))
    if pairs:
        for old_function, new_function in pairs:
            _recode(old_function, new_function)
    elif isinstance(new, str | int | float | tuple | dict | frozenset) and not name.startswith("__") and old != new:
        setattr(owner, name, new)


def _functions(value: object) -> Iterator[FunctionType]:
    if isinstance(value, property):
        yield from (each for each in map(_function, (value.fget, value.fset)) if each is not None)
        return
    found = _function(value)
    if found is not None:
        yield found


def _function(value: object) -> FunctionType | None:
    """The function within: of a method, a class method, what is cached or made a context manager."""
    if isinstance(value, staticmethod | classmethod):
        return _function(value.__func__)
    if isinstance(value, functools.cached_property):
        return _function(value.func)
    wrapped = getattr(value, "__wrapped__", None)
    if wrapped is not None:
        clear: Callable[[], None] | None = getattr(value, "cache_clear", None)
        if clear is not None:
            clear()
        return _function(wrapped)
    return value if isinstance(value, FunctionType) else None


def _recode(old: FunctionType, new: FunctionType) -> None:
    if old.__code__.co_freevars != new.__code__.co_freevars:
        raise NotPatched("other variables are enclosed")
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    # The factories of a dataclass's fields are what its __init__ encloses.
    pairs = zip(old.__code__.co_freevars, old.__closure__ or (), new.__closure__ or (), strict=True)
    for name, cell, other in pairs:
        if name != "__class__":
            cell.cell_contents = other.cell_contents
