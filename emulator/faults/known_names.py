"""What is said to who gives a name that is not known."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

_ALL: Final = 30
"""So many names are still read by somebody who looks for one."""


def there_are(name: str, known: Collection[str]) -> str:
    """The names that look like it; where none does, all, or of more than thirty how many."""
    near = get_close_matches(name, known, 3)
    if not near and len(known) > _ALL:
        return f"there are {len(known)} others"
    return f"there are: {', '.join(near or sorted(known))}"
