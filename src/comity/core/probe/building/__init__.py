"""Building an index piece by piece: entries and rows as they come, tables when all are known."""
