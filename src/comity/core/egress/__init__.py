"""What leaves is compared with what is protected: by mark, and by value."""
