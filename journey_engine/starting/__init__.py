"""Beginnings: a journey from a template, a brand's own repository; existing files are never overwritten."""
