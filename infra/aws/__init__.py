"""A deployment on AWS: its pace, its steps, and the test that it works."""
