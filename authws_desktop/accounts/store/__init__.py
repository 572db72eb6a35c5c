"""The accounts' database: its file, its tables, and what is done in one transaction, as functions."""
