"""The matcher judged: names, records and strangers, beside other matchers on the same pairs in the same run.

``make bench-match`` or ``python -m bench.match DATA``; what the figures mean: `docs/matching-measured.md`.
"""
