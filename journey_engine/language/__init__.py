"""What a definition may say: frozen models, reader, condition grammar and checks; never touches a database."""
