"""Plugs a fault plan into what runs: counts what passes, and has the alterations of the plan done there."""
