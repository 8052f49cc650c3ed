"""Ask a partner privately whether it knows a person. Nothing typed here is stored, kept as a draft or put in a URL."""
