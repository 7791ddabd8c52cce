"""The processes of one checkout: Prefect's server and worker, and the sandbox; what flows do is not known here."""
