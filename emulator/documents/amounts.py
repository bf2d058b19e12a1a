"""Amounts as programs have them."""

from __future__ import annotations


def plain(hundredths: int) -> str:
    """An amount of so many hundredths with a point and without anything else."""
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"
