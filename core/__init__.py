"""The domain: importing, checking and cataloguing product data.

Nothing below this package knows a Lambda event, API Gateway or a global client.
Whatever it needs (storage, database, clock, settings) is handed in by `handlers/`.
"""
