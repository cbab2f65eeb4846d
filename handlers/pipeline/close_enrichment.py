"""State CloseEnrichment: see `closing_handler`."""

from core.enrichment.jobs.closing import close_enrichment
from handlers.closing import closing_handler

handler = closing_handler(close_enrichment, "Enrichment")
