"""Power cuts: a recorder of file operations, a driver that runs a real node under it, a replayer of what a disk may keep."""
