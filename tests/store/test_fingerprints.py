"""A database knows the keys that it was made with."""

from __future__ import annotations

import pytest

from digest.errors import StoreError


def test_keys_are_known_after_their_first_use(ledger):
    ledger.check_fingerprints({"links": "aa", "addresses": "bb"})

    ledger.check_fingerprints({"links": "aa", "addresses": "bb"})
    ledger.check_fingerprints({"links": "aa"})


def test_another_key_is_refused_by_name(ledger):
    ledger.check_fingerprints({"links": "aa", "addresses": "bb"})

    with pytest.raises(StoreError, match="the key 'addresses' belongs to another database"):
        ledger.check_fingerprints({"links": "aa", "addresses": "cc"})

    ledger.check_fingerprints({"addresses": "bb"})


def test_a_key_that_is_new_is_added_beside_those_known(ledger):
    ledger.check_fingerprints({"links": "aa"})
    ledger.check_fingerprints({"links": "aa", "dkim": "dd"})

    with pytest.raises(StoreError, match="'dkim'"):
        ledger.check_fingerprints({"dkim": "ee"})
