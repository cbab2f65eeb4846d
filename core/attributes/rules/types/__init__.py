"""The rules of each attribute type, and the settings that several types share."""
