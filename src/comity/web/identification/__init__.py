"""Identification for return at the desk: ask with files, answer, hand files out, see what is overdue."""
