"""One's own register searched in memory: keys, candidates, evidence, explanation."""
