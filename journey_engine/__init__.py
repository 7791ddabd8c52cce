"""The machinery of LINE Journeys: language, store, compiler and passes; it never imports Prefect."""
