"""The demo's world: a real grocer's households as LINE friends over fourteen nights; it runs no flow."""
