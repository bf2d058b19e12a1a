"""Areas: blocks that hang together and are of one class, each with a number, and sums over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Areas:
    """The areas of a grid of classes. Blocks that touch with an edge hang together."""

    def __init__(self, classes: NDArray[np.uint8]) -> None:
        """Blocks of class 0 belong to none."""
        height, width = classes.shape
        changes = np.ones(classes.shape, np.bool_)
        changes[:, 1:] = classes[:, 1:] != classes[:, :-1]
        runs = np.cumsum(changes.ravel()) - 1  # numbers the stretches of one class in a row
        by_block = runs.reshape(height, width)
        # Two stretches are compared where one of them begins.
        touching = (classes[1:] == classes[:-1]) & (changes[1:] | changes[:-1])
        names = _joined(int(runs[-1]) + 1, by_block[:-1][touching], by_block[1:][touching])
        names[classes.ravel()[changes.ravel()] == 0] = -1
        found, numbers = np.unique(names, return_inverse=True)
        if found[0] != -1:
            numbers = numbers + 1
        self.of_block: NDArray[np.int64] = numbers[by_block]
        """0: none; from 1 the number of the area."""
        self.count = int(numbers.max()) + 1
        """One more than there are."""

    def sums(self, values: NDArray[np.float32] | NDArray[np.int16] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """The sum of a value over each area, by number."""
        weights = values.ravel().astype(np.float64)
        return np.bincount(self.of_block.ravel(), weights, minlength=self.count).astype(np.float64)

    def sizes(self) -> NDArray[np.int64]:
        """Blocks of each area, by number."""
        return np.bincount(self.of_block.ravel(), minlength=self.count)


def _joined(count: int, ones: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least number of those that are joined by pairs, directly or by others, for each of `count` numbers."""
    names = np.arange(count)
    while True:
        left, right = names[ones], names[others]
        apart = left != right
        if not apart.any():
            return names
        ones, others, left, right = ones[apart], others[apart], left[apart], right[apart]
        np.minimum.at(names, np.maximum(left, right), np.minimum(left, right))
        while (names[names] != names).any():
            names = names[names]
