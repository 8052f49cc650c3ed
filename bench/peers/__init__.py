"""Other matchers, each run as it is in an environment of its own (`requirements/peers.lock`); no part of the product.

A module reads pairs or records from files, writes one score a line or links as CSV, and is started by `bench.match`.
"""
