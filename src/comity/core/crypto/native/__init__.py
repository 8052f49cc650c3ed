"""One's own tokens evaluated eight at a time, in C, where that was compiled and the processor can: an optional extra.

Nothing needs it: without it the library `voprf` does the same, slower. With it each key is compared with that library
before its first use, and one token in ten thousand after, so a wrong machine or compiler stops the index and spoils none.
"""
