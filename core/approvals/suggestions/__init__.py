"""Approving suggestions of an enrichment, in a call or by a job."""
