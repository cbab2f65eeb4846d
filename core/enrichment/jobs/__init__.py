"""The enrichment job: request, open, run its batches, close."""
