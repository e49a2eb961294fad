"""The nouns: frozen, typed, standard library only. Everything above speaks in these words."""
