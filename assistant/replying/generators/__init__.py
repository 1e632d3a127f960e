"""Models that write a reply from a prompt."""
