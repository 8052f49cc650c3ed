"""The layers of an index: what changed since the one before, what is gone, and how the asker reads them as one."""
