"""What operators do with jobs, queues and logs: of the local stack or, with `STAGE=…`, of AWS.

__main__.py   the command line that the Makefile calls
target        which stack is meant: its API, its outputs, clients of its services
restarts      jobs: listing, stopping, approving, restarting one or many
queues        the import queue and its dead letters; pausing the intake
story         the story of one job: its record, its executions, its log lines, in order
exporting     the catalogue, or the rows of an import, as a file
proposing     attributes proposed from a file, and accepted
"""
