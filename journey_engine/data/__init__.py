"""The way in: feeds through the gate to members and events, LINE's inbox, segments and stages; it sends nothing."""
