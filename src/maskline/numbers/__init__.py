"""Phone numbers: their shape, validity, dialling classes and masks."""
