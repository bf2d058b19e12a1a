"""A chain of layers: each is given what is asked and who is next, and answers itself or has the next answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

Inner = Callable[[Asked], Awaitable[Answer]]
"""What is within a layer."""
Layer = Callable[[Asked, Inner[Asked, Answer]], Awaitable[Answer]]


def chain(layers: Sequence[Layer[Asked, Answer]], innermost: Inner[Asked, Answer]) -> Inner[Asked, Answer]:
    """`layers`, outermost first, around `innermost`."""
    for layer in reversed(layers):
        innermost = partial(_through, layer, innermost)
    return innermost


def _through(layer: Layer[Asked, Answer], inner: Inner[Asked, Answer], asked: Asked) -> Awaitable[Answer]:
    return layer(asked, inner)
