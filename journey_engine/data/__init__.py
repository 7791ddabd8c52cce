"""The way in for feeds: batches staged, judged by the gate, landed as members and events or held; it sends nothing."""
