"""The way in: feeds through staging and gate to members and events, LINE's inbox, segments and stages; it sends nothing."""
