"""How Prefect treats each piece of work: retries, names, artifacts; never what the work is."""
