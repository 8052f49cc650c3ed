"""Person records compared feature by feature, and two files of them linked."""
