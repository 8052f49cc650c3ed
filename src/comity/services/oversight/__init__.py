"""Oversight by the data-protection officer and the auditor: replay, samples, bundles; each look leaves its reason."""
