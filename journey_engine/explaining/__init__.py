"""Why a member got something or did not, told from what was written down at the time; it decides nothing anew."""
