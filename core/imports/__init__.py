"""From the bytes of a file to judged products: sniff, plan, read, judge, gather."""
