//! How many files this program may have open: every connection is one.

/// Takes what the system gives for the asking. Where it gives nothing, what it gave before stands,
/// and a connection that cannot be made says so itself.
#[cfg(unix)]
pub(crate) fn as_many_as_allowed() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn as_many_as_allowed() {}
