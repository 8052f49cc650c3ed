"""Our own client and server of the verifiable oblivious function of the private search (RFC 9497), over libsodium."""
