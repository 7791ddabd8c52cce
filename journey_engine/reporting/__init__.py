"""Figures as pages that people open, print and hand on: one value, told as HTML, as markdown and as CSV; it reads.

Whoever has a page to make (a journey, a quarter, a gate) builds a `contents.Page` and lets `page`, `markdown` and
`sheets` tell it; nothing else here knows HTML. Rooms further down (data, measures) never import this one.
"""
