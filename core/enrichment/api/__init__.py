"""What the enrichment API answers within a call."""
