"""What makes an address one person's: its key.

Two spellings with the same key are one person. The key is the local part and the domain in lower
case, the domain in ASCII (IDNA 2008, RFC 5891). What must stay true: the key of an address as it is
stored (its domain already ASCII) is the key of every spelling that a person may type for it, and
nothing is refused here: whether an address may be mailed is asked where it comes in.
"""

from __future__ import annotations

import unicodedata

#: What UTS 46 reads as a dot between labels.
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
#: Letters that IDNA 2008 keeps and that case folding would turn into others.
_KEPT = frozenset("\u00df\u03c2")
_LONGEST_LABEL = 63


def address_key(address: str) -> str:
    """Return what an address is compared by; it takes any text and raises nothing."""
    address = address.strip()
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    labels = domain.translate(_DOTS).split(".")
    return f"{local}{at}{'.'.join(map(_ascii_label, labels))}"


def _ascii_label(label: str) -> str:
    """Return a label's A-label (RFC 5890, section 2.3.2.1), or the label where it can have none."""
    if label.isascii():
        return label.lower()
    folded = "".join(
        each if each in _KEPT else "\u00df" if each == "\u1e9e" else each.casefold()
        for each in unicodedata.normalize("NFKC", label)
    )
    folded = unicodedata.normalize("NFKC", folded)
    # Punycode takes time by the square of the length; a longer label is in no domain anyway.
    if len(folded) > _LONGEST_LABEL:
        return label
    if folded.isascii():
        return folded
    return "xn--" + folded.encode("punycode").decode("ascii")
