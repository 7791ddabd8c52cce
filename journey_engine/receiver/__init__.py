"""What comes in over HTTP: LINE's webhook, a shop's events, taps on links; it stores and wakes, and sends nothing."""
