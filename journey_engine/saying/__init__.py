"""Definitions said aloud in plain Chinese or English sentences; it opens no file and no database."""
