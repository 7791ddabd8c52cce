"""When things happen and in what order; never how, and no SQL."""
