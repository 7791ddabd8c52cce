"""What LINE and the shop sent, kept as it came and then understood; it answers nobody."""
