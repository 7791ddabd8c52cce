"""A LINE platform for one's own machine: stateful, faulty on demand, spoken to by the SDK; it calls no network."""

TOKEN = "sandbox-channel-access-token"
PORT = 4270
