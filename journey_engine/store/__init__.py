"""Where the state lives: tables, migrations and the way to the database; it never decides anything about members."""
