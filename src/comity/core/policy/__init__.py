"""The one decision: may this act be done, under which clause, and if not, why not."""
