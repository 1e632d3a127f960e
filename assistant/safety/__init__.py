"""Personal data, hostile input and limits."""
