"""The pages: the customer's chat and the staff's desk, each its own process."""
