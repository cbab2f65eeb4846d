"""The import job: what starts it, opens it, ends it and runs it again."""
