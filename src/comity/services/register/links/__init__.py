"""Links between entries: joined and parted by persons, shown to who may see both ends."""
