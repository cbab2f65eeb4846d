"""Changes of products by calls: many at once, or one."""
