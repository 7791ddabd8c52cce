"""The pass: members enter, move and leave; it sends nothing, intents are all it leaves for the sender."""
