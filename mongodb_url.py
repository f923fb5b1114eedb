"""URLs of MongoDB: their hosts for people, without the password, and a URL that names a database."""

from __future__ import annotations

import re
from urllib.parse import quote

_URL = re.compile(
    r"(?P<scheme>mongodb(\+srv)?)://(?P<login>[^@/?]*@)?(?P<hosts>[^@/?]+)(/(?P<path>[^@?]*))?(\?(?P<options>.*))?"
)
_HOST = re.compile(r"([^\s:@\[\]]+|\[[0-9A-Fa-f:.%]+\])(:\d+)?")
_EXTERNAL = re.compile(r"(?i)(^|&)authMechanism=(MONGODB-X509|MONGODB-AWS|MONGODB-OIDC|GSSAPI|PLAIN)(&|$)")
_AUTH_SOURCE = re.compile(r"(?i)(^|&)authSource=")


def hosts_of(url: str) -> list[str]:
    """The hosts with their ports, without user and password. Empty if the text is no URL of MongoDB.

    A password with unescaped characters could be taken for a host. So a URL with such a password counts as no URL.
    """
    found = _URL.fullmatch(url)
    if found is None or (found["login"] is None and "@" in (found["options"] or "")):
        return []
    hosts = found["hosts"].split(",")
    return hosts if all(map(_HOST.fullmatch, hosts)) else []


def with_database(url: str, name: str) -> str:
    """The URL with this database in its path, so that clients open it. The login stays valid. Takes a URL with hosts."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("not a URL of MongoDB")
    options = found["options"] or ""
    # MongoDB looks the user up in the database of the path, unless the URL has `authSource`.
    if found["login"] and not _AUTH_SOURCE.search(options) and not _EXTERNAL.search(options):
        options = f"authSource={found['path'] or 'admin'}" + (f"&{options}" if options else "")
    query = f"?{options}" if options else ""
    return f"{found['scheme']}://{found['login'] or ''}{found['hosts']}/{quote(name, safe='')}{query}"
