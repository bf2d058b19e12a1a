"""How papers are laid out: a plan names a building block for each part of a paper, a seed chooses the plan.

What stands on a paper is said by its kind; where and how, by the plan. So a kind has the same fields in each.
"""
