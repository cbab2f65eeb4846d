"""State CloseJob: see `closing_handler`."""

from core.imports.jobs.closing import close_job
from handlers.closing import closing_handler

handler = closing_handler(close_job, "Import", has_slot=True)
