"""Foreign words into ours, pure: no input or output, no clock."""
