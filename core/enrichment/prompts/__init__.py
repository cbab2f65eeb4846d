"""What a model is asked: the attributes to fill, the question, the pictures."""
