"""Outgoing calls: what steps asked other systems, carried to them over HTTP; nothing here moves a member."""
