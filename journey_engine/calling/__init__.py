"""Outgoing calls: what steps asked other systems, carried to them over HTTP; nothing here moves a member.

What an endpoint gets is a POST of `{"journey", "step", "member", "at", "key", "with"}` as JSON: `member` is the
permanent key, `at` the step's instant, `key` what the visit is about in a journey entered per KEY, `with` what the step
says. Beside it stand `Idempotency-Key` (the same for one call for ever: answer it anew, do nothing twice),
`X-Journeys-Timestamp` (seconds since 1970, of this attempt) and, with a secret, `X-Journeys-Signature`: `sha256=` and
the HMAC-SHA256, in hex, of `TIMESTAMP.KEY.BODY`. Compare it in constant time, and refuse what is minutes old.

2xx is an answer; of a JSON object the short texts, numbers, true and false become properties of the event `answered`.
429, 408, 425 and 5xx are tried again, later, as is silence; any other status has failed, a redirect too.
"""
