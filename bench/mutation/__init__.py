"""Mutation of the policy: how many small faults in `comity.core.policy` its tests notice."""
