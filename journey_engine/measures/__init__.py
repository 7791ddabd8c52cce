"""Figures about what happened, read from the database and put into words and pictures; nothing here writes."""
