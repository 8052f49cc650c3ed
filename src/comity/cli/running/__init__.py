"""The life of a node on its machine: create, run, check; and what `comity run` starts."""
