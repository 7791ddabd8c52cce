"""Segments, stages and personas refreshed from the same rows each night; it moves nobody in a journey."""
