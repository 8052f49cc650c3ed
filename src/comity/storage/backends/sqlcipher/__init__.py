"""SQLite encrypted at rest (SQLCipher), as a Django database engine."""
