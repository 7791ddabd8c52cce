"""Journeys as pictures: a tree for the terminal, SVG and HTML for a browser, mermaid for Prefect; it counts nothing."""
