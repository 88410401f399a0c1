"""The pages of the set-up: plain HTML, no script, nothing from elsewhere."""

import base64
from collections.abc import Iterable, Mapping
from html import escape
from string import Template
from urllib.parse import urlsplit

from aiohttp import web

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · devmetrics</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
fieldset { border: 1px solid #8888; border-radius: 8px; margin: 0 0 1.2rem; padding: .6rem 1rem 1rem; }
legend { font-weight: 600; padding: 0 .3rem; }
label { display: block; margin-top: .4rem; }
input[type=text] { font: inherit; padding: .35rem .5rem; width: 16rem; max-width: 100%; }
button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border: 0; border-radius: 8px; color: #fff;
  background: #1a6b3c; cursor: pointer; }
a.button { display: inline-block; font-weight: 600; padding: .6rem 1.2rem; border-radius: 8px; color: #fff;
  background: #1a6b3c; text-decoration: none; }
table { border-collapse: collapse; margin: .6rem 0 1.2rem; }
td, th { text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #8884; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8888; border-radius: 8px; padding: 1rem; }
.problem { border-left: 4px solid #b3123d; padding-left: 1rem; }
</style>
</head>
<body><main><h1>$title</h1>
$content
</main></body></html>
""")


def show(title: str, content: str, *, status: int = 200, posts_to: str = "") -> web.Response:
    """`posts_to`: another server that the page's form may go to."""
    # A form's redirects are held to it too, and GitHub may send people through their company's sign-in.
    target = f" https: {_origin(posts_to)}" if posts_to else ""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{target}"
    )
    # The address of the first page has the token in it.
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    text = PAGE.substitute(title=escape(title), content=content)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def choosing(
    token: str, github: str, problem: str = "", organization: str = "", warning: str | None = None
) -> web.Response:
    """`problem`: with what was filled in; `warning`: with what is set, and the person may go on all the same."""
    said = "".join(f'<p class="problem" role="alert">{escape(text)}</p>' for text in (warning, problem) if text)
    return show(
        "Connect GitHub",
        f"""<p>devmetrics becomes a GitHub App of yours at {escape(github)}: it only reads, and only the repositories on
which you install it.</p>{said}
<form method="post" action="/github/setup">
<input type="hidden" name="token" value="{escape(token)}">
<fieldset><legend>Whose App</legend>
<label><input type="radio" name="owner" value="organization" checked> an organization's:
<input type="text" name="organization" aria-label="Name of the organization" value="{escape(organization)}"
 placeholder="acme" autocomplete="off"></label>
<label><input type="radio" name="owner" value="person"> my own account's</label></fieldset>
<fieldset><legend>Where its key and secrets are kept</legend>
<label><input type="radio" name="keep" value="database" checked> here, encrypted (nothing else to do)</label>
<label><input type="radio" name="keep" value="environment"> in the environment (they are shown once)</label></fieldset>
<button>Go on</button></form>""",
        status=400 if problem else 200,
    )


def confirming(
    address: str, manifest_json: str, name: str, permissions: Iterable[tuple[str, str, str]]
) -> web.Response:
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in permission)}</tr>" for permission in permissions
    )
    return show(
        "Register the App at GitHub",
        f"""<p>GitHub will ask for the App's name (<b>{escape(name)}</b> is proposed) and then send you back here.</p>
<table><tr><th>Permission</th><th>Access</th><th>For</th></tr>{rows}</table>
<form method="post" action="{escape(address)}">
<input type="hidden" name="manifest" value="{escape(manifest_json)}">
<button>Register at GitHub</button></form>""",
        posts_to=address,
    )


def registered(name: str, install_url: str, variables: Mapping[str, str] | None) -> web.Response:
    """With `variables`, for the environment: this is the only time that they are seen."""
    if variables is None:
        said = "<p>Its key and secrets are kept here, encrypted.</p>"
    else:
        lines = escape("\n".join(f"{variable}={value}" for variable, value in variables.items()))
        said = f"<p>Set these, now: they are shown this one time. Then restart devmetrics.</p><pre>{lines}</pre>"
    return show(
        "The App is registered",
        f"""<p>GitHub made the App <b>{escape(name)}</b>.</p>{said}
<p>One step is left: install it on the repositories whose numbers you want.</p>
<p><a class="button" href="{escape(install_url)}">Install it</a></p>""",
    )


def installed() -> web.Response:
    return show(
        "devmetrics is installed",
        """<p>From now on every push, pull request and deployment counts. <code>devmetrics check</code> says
what is on, and what is still missing.</p>
<p>Next: say which team owns what (<code>devmetrics team add-repo</code>; teams that GitHub has come along by
themselves), and ask <code>/devmetrics team</code> in Slack.</p>""",
    )


def refused(title: str, reason: str, status: int) -> web.Response:
    return show(title, f'<p class="problem" role="alert">{escape(reason)}</p>', status=status)


def as_variables(secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment's names; the key in one line, since not every file of variables takes several."""
    return {
        "GITHUB_APP_ID": secrets["app_id"],
        "GITHUB_WEBHOOK_SECRET": secrets["webhook_secret"],
        "GITHUB_PRIVATE_KEY": base64.b64encode(secrets["private_key"].encode()).decode(),
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
