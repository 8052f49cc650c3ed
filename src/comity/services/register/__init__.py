"""Use cases of the register: import, read, search, restrict, quarantine, erase; each with its evidence."""
