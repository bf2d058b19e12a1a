"""What an option is: declared once, as a field of a model, and the same in the command line, in Python, in the
control API and in the pages of the documentation. A wrong value has the same words at every door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from inspect import get_annotations
from keyword import iskeyword
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from emulator.environment.exit_codes import LabError


@dataclass(frozen=True, slots=True)
class Option:
    """What a field of a model is beside its type, its bounds (pydantic's `Field(ge=, le=)`) and its default."""

    help: str
    """A sentence, as the command line and the tables of the pages show it."""
    group: str
    """Heading in the help of commands."""
    metavar: str = ""
    """What stands for the value: N, FILE, DIR, SECONDS, HOST[:PORT]; '': of the type."""
    flag: str = ""
    """On the command line, where it is not the field's name: `--set`."""
    short: str = ""
    """`-o`."""
    hidden: tuple[str, ...] = ()
    """Earlier names on the command line: they go on working."""
    default: str = ""
    """In words, where the default is none or a value says nothing."""
    completion: str = ""
    """The kind of values that a shell completes (cli/completion.py)."""
    argument: bool = False
    """It stands without a name on the command line."""
    negated: bool = False
    """The command line can only switch it off: `--no-wait` of `wait`."""
    variable: str = ""
    """The environment variable that is looked at where nothing is given."""


def _is_list_of_words(value: Any) -> Any:
    """One is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _is_path(value: Any) -> Any:
    return Path(fspath(value)) if isinstance(value, PathLike) or (isinstance(value, str) and value) else value


def _is_place(value: Any) -> Any:
    return Path(fspath(value)) if isinstance(value, PathLike) else value


def _are_paths(value: Any) -> Any:
    if isinstance(value, str | PathLike):
        return (_is_path(value),)
    return tuple(map(_is_path, value)) if isinstance(value, list | tuple) else value


if TYPE_CHECKING:
    APath = Path
    """A path, or the text of one."""
    Place = Path | str
    """A folder, or the URL of a directory."""
    Paths = tuple[Path, ...]
    Texts = tuple[str, ...]
else:
    APath = Annotated[Path, BeforeValidator(_is_path)]
    Place = Annotated[Path | str, BeforeValidator(_is_place)]
    Paths = Annotated[tuple[Path, ...], BeforeValidator(_are_paths)]
    Texts = Annotated[tuple[str, ...], BeforeValidator(_is_list_of_words)]


class WrongOption(LabError):
    """A value that an option cannot have, or a name that no option has. Nothing has begun."""

    def __init__(self, option: str, says: str, details: Mapping[str, Any] | None = None) -> None:
        """`option`: its name, '' for a fault of several; `says`: what goes behind it."""
        super().__init__(f"{option}{'' if says.startswith(':') else ' '}{says}".lstrip(": "), details=details)
        self.option = option
        self.says = says


@dataclass(frozen=True, slots=True)
class OptionField:
    """An option as its model declares it."""

    model: type[Options]
    name: str
    """Of the field."""
    said: Option
    kind: str
    """whole, number, truth, text, path, choice or any."""
    many: bool
    optional: bool
    choices: tuple[str, ...]
    least: float | None
    above: float | None
    """More than this."""
    most: float | None
    longest: int | None
    """Characters of a text."""
    fewest: int | None
    """Of a list."""
    default: Any
    required: bool
    within: str = ""
    """Field of the model that was asked which holds this one's model."""

    @property
    def option(self) -> str:
        """Its name as of a keyword: that of the command line with underscores."""
        name = self.flag.removeprefix("--").replace("-", "_")
        return self.name if self.said.argument or iskeyword(name) else name

    @property
    def flag(self) -> str:
        """`--scan-process`."""
        name = self.name.replace("_", "-")
        return self.said.flag or (f"--no-{name}" if self.said.negated else f"--{name}")

    @property
    def allowed(self) -> str:
        """What it may be, in words: `a whole number of at least 1`."""
        if self.longest is not None:
            return f"a text of at most {self.longest} characters"
        unit = {"SECONDS": " of seconds", "OCTETS": " of octets"}.get(self.said.metavar, "")
        if self.kind == "choice":
            return _one_of(self.choices)
        if self.many:
            return {"text": "a list of strings", "path": "a list of paths"}[self.kind]
        if self.kind in ("whole", "number"):
            noun = "a whole number" if self.kind == "whole" else "a number"
            above = "" if self.above is None else f" of more than {self.above:g}"
            return f"{noun}{unit}{above or _between(self.least, self.most)}"
        if self.kind == "size" and self.least is not None:
            from emulator.imaging.decoding.limits import size_text

            return f"a size of at least {size_text(int(self.least))}, as 2G or 512M"
        return _NOUNS.get(self.kind, "of another kind")


_NOUNS: Final = {
    "place": "a folder or a URL",
    "truth": "true or false",
    "text": "a string",
    "path": "a path",
    "size": "a size, as 2G or 512M",
    "date": "a date, as 2026-01-31 or 2026-01-31T12:00:00",
}


def _between(least: float | None, most: float | None) -> str:
    if least is None:
        return "" if most is None else f" of at most {most:g}"
    return f" of at least {least:g}" if most is None else f" from {least:g} to {most:.15g}"


def _one_of(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


class Options(BaseModel):
    """A group of options. A value that cannot be raises WrongOption, with the option's name and what is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=True)

    ALSO: ClassVar[Mapping[str, tuple[str, Mapping[Any, Any]]]] = MappingProxyType({})
    """Keywords that stand for a field: its name, and what the keyword's values mean."""

    if not TYPE_CHECKING:  # type checkers know each model's fields

        def __init__(self, /, **given: Any) -> None:
            try:
                if given.keys() <= type(self).model_fields.keys():
                    super().__init__(**given)
                else:
                    super().__init__(**_spread(type(self), given))
            except ValidationError as error:
                raise _wrong(type(self), error, given) from None

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Make options of values that no type checker has looked at. Raises WrongOption."""
        return cls(**given)

    def but(self, **changes: Any) -> Self:
        """The same with other values. Raises WrongOption."""
        spread = changes if changes.keys() <= type(self).model_fields.keys() else _spread(type(self), changes, self)
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **spread})

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """What is as by default says nothing."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if field.repr and (field.is_required() or value != field.get_default(call_default_factory=True)):
                yield name, value


@cache
def fields_of(model: type[Options]) -> Mapping[str, OptionField]:
    """The options of a model and of the models in its fields, by their names as keywords."""
    found: dict[str, OptionField] = {}
    for name in _declared(model):
        field = model.model_fields[name]
        inner = _model_in(field.annotation)
        if inner is not None:
            for each in fields_of(inner).values():
                found[each.option] = replace(each, within=name)
            continue
        said = next((each for each in field.metadata if isinstance(each, Option)), None)
        if said is None:
            continue
        made = _field(model, name, said, field)
        found[made.option] = made
    return MappingProxyType(found)


def _declared(model: type[Options]) -> Iterable[str]:
    """The fields in the order of their declaration, those of the first base first."""
    names: dict[str, None] = {}
    for base in model.__bases__:
        if issubclass(base, Options):
            names.update(dict.fromkeys(_declared(base)))
    return (*names, *(name for name in get_annotations(model) if name in model.model_fields))


def _field(model: type[Options], name: str, said: Option, field: Any) -> OptionField:
    kind, many, optional, choices = _kind(field.annotation)
    if _is_size(field.annotation, field.metadata):
        kind = "size"
    bounds = {type(each): each for each in field.metadata}
    return OptionField(
        model=model,
        name=name,
        said=said,
        kind=kind,
        many=many,
        optional=optional,
        choices=choices,
        least=bounds[Ge].ge if Ge in bounds else None,
        above=bounds[Gt].gt if Gt in bounds else None,
        most=bounds[Le].le if Le in bounds else None,
        longest=bounds[MaxLen].max_length if MaxLen in bounds else None,
        fewest=bounds[MinLen].min_length if MinLen in bounds else None,
        default=None if field.is_required() else field.get_default(call_default_factory=True),
        required=field.is_required(),
    )


def _is_size(annotation: Any, metadata: Iterable[Any]) -> bool:
    """Return whether the text of a size is taken."""
    if any(isinstance(each, BeforeValidator) and each.func is _size for each in metadata):
        return True
    return any(_is_size(each, get_args(each)[1:]) for each in get_args(annotation))


def _size(value: Any) -> Any:
    """Octets of `2G`; what is no text is taken as it is."""
    from emulator.imaging.decoding.limits import parse_size

    return parse_size(value) if isinstance(value, str) else value


if TYPE_CHECKING:
    Size = int
    """Octets, or the text of a size: `2G`."""
else:
    Size = Annotated[int, BeforeValidator(_size)]


_KINDS: Final[Mapping[Any, str]] = {int: "whole", float: "number", bool: "truth", str: "text", Path: "path"}


def _plain(annotation: Any) -> tuple[Any, bool]:
    """The type without None and what is annotated; and whether None is allowed."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            members = [each for each in get_args(annotation) if each is not NoneType]
            optional = optional or len(members) < len(get_args(annotation))
            annotation = members[0]
        else:
            return annotation, optional


def _members(annotation: Any) -> list[Any]:
    """Every type in it."""
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _members(inner[0])
    return [each for one in inner for each in _members(one)] if inner else [annotation]


def _kind(annotation: Any) -> tuple[str, bool, bool, tuple[str, ...]]:
    """Kind, whether there are several, whether None is allowed, and the words that are."""
    plain, optional = _plain(annotation)
    if plain is Path and str in _members(annotation):
        return "place", False, optional, ()
    if get_origin(plain) is tuple:
        return _kind(get_args(plain)[0])[0], True, optional, ()
    if get_origin(plain) is Literal:
        return "choice", False, optional, get_args(plain)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return "choice", False, optional, tuple(plain)
    if getattr(plain, "__name__", "") == "datetime":
        return "date", False, optional, ()
    return _KINDS.get(plain, "any"), False, optional, ()


def _model_in(annotation: Any) -> type[Options] | None:
    plain, _ = _plain(annotation)
    return plain if isinstance(plain, type) and issubclass(plain, Options) else None


def _spread(model: type[Options], given: Mapping[str, Any], before: Options | None = None) -> dict[str, Any]:
    """The fields of `model` that keywords mean: the option's name, an earlier one, an option of a model within.
    Raises WrongOption."""
    known, own = fields_of(model), model.model_fields
    spread: dict[str, Any] = {name: value for name, value in given.items() if name in own}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in given.items():
        if name in own:
            continue
        if name in model.ALSO:
            field, meaning = model.ALSO[name]
            if isinstance(value, dict | list) or value not in meaning:
                allowed = "true or false" if True in meaning else _one_of(tuple(map(str, meaning)))
                raise WrongOption(name, f"is {allowed}, not {value!r:.100}")
            spread[field] = meaning[value]
        elif name in known:
            option = known[name]
            if option.said.negated:
                if not isinstance(value, bool):
                    raise WrongOption(name, f"is {option.allowed}, not {value!r:.100}")
                value = not value
            (inner.setdefault(option.within, {}) if option.within else spread)[option.name] = value
        else:
            raise unknown_option(name, [*own, *known, *model.ALSO])
    for holder, values in inner.items():
        held = spread.get(holder)
        if held is None:
            held = model.model_fields[holder].get_default(call_default_factory=True)
            held = held if before is None else getattr(before, holder)
        try:
            spread[holder] = held.but(**values)
        except WrongOption as error:
            named = {each.name: each.option for each in known.values() if each.within == holder}
            raise WrongOption(named.get(error.option, error.option), error.says) from None
    return spread


def unknown_option(name: str, known: list[str], of: str = "") -> WrongOption:
    """The error for a name that no option has."""
    near = get_close_matches(name, known, n=1)
    says = f"is no option{of}" + (f"; did you mean {near[0]}?" if near else "")
    return WrongOption(repr(name), says)


def _wrong(model: type[Options], error: ValidationError, given: Mapping[str, Any]) -> LabError:
    """The first fault, in words of ours: a wrong value before one that is missing."""
    found: list[Any] = list(error.errors(include_url=False))
    first = next((each for each in found if each["type"] != "missing"), found[0])
    field = str(first["loc"][0]) if first["loc"] else ""
    name = _as_given(model, field, given)
    if first["type"] == "missing":
        return WrongOption(name, "is missing")
    if first["type"] == "extra_forbidden":
        return unknown_option(name, [*model.model_fields, *fields_of(model)])
    if first["type"] == "string_unicode":
        from emulator.soap.fault import not_in_xml

        found_text = not_in_xml(first["input"]) or "a half of a pair"
        return WrongOption(name, f": {found_text} is no character of XML 1.0: no message can hold it")
    if (cause := first.get("ctx", {}).get("error")) is not None:
        says = str(cause)
        begins = f"{field} "
        return WrongOption(name, says.removeprefix(begins) if says.startswith(begins) else f": {says}")
    return WrongOption(name, f"is {_allowed(model, field)}, not {first['input']!r:.100}")


def _as_given(model: type[Options], field: str, given: Mapping[str, Any]) -> str:
    """The keyword by which a field was given."""
    known = fields_of(model)
    for name in given:
        if name == field or (name in known and (known[name].name, known[name].within) == (field, "")):
            return name
    return field


def _allowed(model: type[Options], name: str) -> str:
    for each in fields_of(model).values():
        if each.name == name and not each.within:
            return each.allowed
    inner = _model_in(model.model_fields[name].annotation) if name in model.model_fields else None
    return f"of the type {inner.__name__}" if inner is not None else "of another type"
