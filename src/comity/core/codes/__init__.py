"""The tables of the field, once: handling, evaluation, urgency, refusal grounds, regimes, purposes, categories."""
