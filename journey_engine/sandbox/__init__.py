"""A LINE platform for one's own machine: stateful, faulty on demand, spoken to by the SDK; it calls no network."""

TOKEN = "sandbox-channel-access-token"
SECRET = "sandbox-channel-secret"  # signs what goes to the webhook
PORT = 4270
