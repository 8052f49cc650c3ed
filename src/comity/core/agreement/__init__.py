"""The agreement as code: what two services signed, clause by clause, and how it stands at an instant."""
