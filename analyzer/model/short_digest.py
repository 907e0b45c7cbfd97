"""The digest that findings and baselines know a text by."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:  # Python's own, as its module `random` takes it: `hashlib` loads OpenSSL, which a hook would wait for
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

DIGITS = 16


def short_digest(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
