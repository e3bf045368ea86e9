//! A limiter that is told the time.
