"""Scenarios: what the rules of law do, played on two nodes in one process, with one clock that moves only when told."""
