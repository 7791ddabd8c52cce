"""What a definition may say: frozen models, the reader, the condition grammar and the checks; never touches a database."""
