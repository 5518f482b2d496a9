"""Who asks, and what they may do: signatures and policies. Pure: no input or output."""
