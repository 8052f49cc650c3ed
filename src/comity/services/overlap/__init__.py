"""How many telephone numbers two registers have in common: lists offered, counted, and one edge at a time."""
