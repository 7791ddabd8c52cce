"""Marketers' stories played by the real engine and the real sender on a simulated clock; nothing here reaches LINE."""
