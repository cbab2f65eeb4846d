"""Who changed a product, when, by which job, and what the values were before."""
