"""What the pages share: caches, state in the address, errors, cards, and how untrusted text is shown."""
