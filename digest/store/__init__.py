"""The tables and every statement: rows in, model nouns out; one SQL for SQLite and PostgreSQL."""
