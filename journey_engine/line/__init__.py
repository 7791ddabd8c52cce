"""Delivery on LINE: renders, decides, freezes, sends and records what the intents table asks for; it moves nobody."""
