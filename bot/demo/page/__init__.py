"""The demo's page: the stand-in workspace in a browser.

`source/` holds what it is written in, `built/` what `npm run build` makes of it and browsers get.
"""
