"""The scenarios, one module each: `play` acts on fresh nodes and says each fact after it was looked at."""
