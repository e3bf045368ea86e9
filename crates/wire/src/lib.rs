//! What client and service say to each other, in the grain of the wire.
