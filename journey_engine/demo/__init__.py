"""The demo's world and its fourteen nights: a real grocer's households as LINE friends; it runs no flow and decides nothing."""
