"""Further commands of ``comity case``: words inside a thread, what protects, consent."""
