"""Who people are: identities, profiles that become one, consent, erasure; it imports no feed."""
