"""Database backends of the node; PostgreSQL uses Django's own."""
