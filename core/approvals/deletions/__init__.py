"""Deleting many products by a job, which the machine of approvals runs."""
