"""From a product to its suggestions: ask, validate, cache, within limits."""
