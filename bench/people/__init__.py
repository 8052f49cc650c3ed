"""Fictitious people: a register and queries against it, made from name lists of its own; ``python -m bench.people``.

Nothing of it is shared with the matcher, nor with the data that the matcher was fitted on.
"""
