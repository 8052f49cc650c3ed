"""Answer or refuse a request: a named person sees exactly what would leave, and confirms with the second factor."""
