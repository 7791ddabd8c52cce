"""How messages would look on a phone, as the files say now, for one member or with samples; it sends nothing."""
