"""State CloseJob: see `closing_handler`."""

from core.imports.jobs.closing import close_job
from handlers.admission import give_slot_back
from handlers.closing import closing_handler

handler = closing_handler(close_job, "Import", afterwards=give_slot_back)
