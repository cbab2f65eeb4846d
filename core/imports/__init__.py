"""From the bytes of a file to validated products: detect, plan, read, validate, aggregate."""
