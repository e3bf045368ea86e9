//! Who sends what, when, in today's rehearsal.
