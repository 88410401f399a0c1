"""Whether others can deliver to an address, as far as the address itself tells."""

from ipaddress import ip_address
from urllib.parse import urlsplit

ALONE = (
    "PUBLIC_URL is {url}: only this machine itself can reach that, so nobody elsewhere can deliver there. Set it to "
    "the address at which others reach this server, and restart."
)
WITHIN = (
    "PUBLIC_URL is {url}, an address within your own network: services on the internet (such as Slack) "
    "cannot deliver there, only servers of that network can."
)
OPEN = (
    "PUBLIC_URL is {url}, without TLS: whoever is between can read what is delivered, and Slack takes only https://. "
    "Put a proxy with TLS before this server."
)


def doubt(public_url: str) -> str | None:
    """Why deliveries may not arrive at PUBLIC_URL, and what to do; None: nothing speaks against it."""
    address = urlsplit(public_url)
    host = (address.hostname or "").rstrip(".")
    if is_this_machine(host):
        return ALONE.format(url=public_url)
    try:
        within = not ip_address(host).is_global
    except ValueError:
        within = "." not in host or host.endswith((".local", ".internal", ".lan"))
    if within:
        return WITHIN.format(url=public_url)
    return OPEN.format(url=public_url) if address.scheme == "http" else None


def is_this_machine(host: str) -> bool:
    """Whether this name or address leads nowhere else."""
    try:
        ip = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return ip.is_loopback or ip.is_unspecified
