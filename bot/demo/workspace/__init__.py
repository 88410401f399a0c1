"""A stand-in Slack workspace on Slack's real wire protocol, for the tests and for the demo page.

`server.py` runs it; it sends what people do as signed requests, takes Web API calls and response_url posts, and refuses
what Slack refuses.
"""
