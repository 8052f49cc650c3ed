"""Parts of an index kept at a third place that holds no key: written there by the issuer, read and verified by the asker."""
