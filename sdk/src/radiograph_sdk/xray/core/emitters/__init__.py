"""As in AWS's SDK."""
