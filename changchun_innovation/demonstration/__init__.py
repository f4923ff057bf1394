"""The demonstration: accounts and invented reports, marked as such and removable without a trace."""
