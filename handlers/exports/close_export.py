"""State CloseExport: see `closing_handler`."""

from core.exports.closing import close_export
from handlers.closing import closing_handler

handler = closing_handler(close_export, "Export")
