"""The question to a model: the attributes to fill, the known values, the images."""
