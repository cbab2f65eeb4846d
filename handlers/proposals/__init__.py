"""The states of the machine that proposes attributes."""
