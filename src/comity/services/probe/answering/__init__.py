"""Answers a partner's searches, one or several in a call: counts, evaluates blinded points, proves it. Learns nothing else."""
