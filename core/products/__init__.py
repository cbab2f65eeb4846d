"""The catalogue: approved products, how they are listed, and how they are written."""
