//! How far anything here may grow. All of these are ours: nobody has published Together's own.

use std::time::Duration;

/// The most bytes of a body: a prompt of two million estimated tokens. More is a 413.
pub const BODY_BYTES: usize = 8 << 20;

/// How many bodies may be on their way at a time of those that may be larger than that: recordings.
/// Further ones wait.
pub const LARGE_BODIES: usize = 8;

/// The longest prompt, in tokens of four characters, whose body is surely within
/// [`BODY_BYTES`]: the rest is for the request's other words.
pub const PROMPT_TOKENS: u32 = 2_000_000;

/// How long a client may take to send its body; a 408 after that.
pub const BODY_TAKES: Duration = Duration::from_secs(30);

/// How long a client may take to send its head, and a kept connection may stay idle.
pub const HEAD_TAKES: Duration = Duration::from_mins(1);

/// The most bytes that hyper buffers for one connection, its head included.
pub const BUFFER_BYTES: usize = 16 << 10;

/// The most headers of a request.
pub const HEADERS: usize = 64;

/// The most connections at a time; further ones wait to be accepted.
pub const CONNECTIONS: usize = 8_192;

/// How long requests that are underway may take once the server is asked to stop.
pub const GRACE: Duration = Duration::from_secs(5);

/// The most keys that are enrolled on first sight. A new one after that is refused as unknown.
pub const KEYS: usize = 1_024;

/// The most bytes of a file that is uploaded; of a batch's file what its edition says, where that is
/// less. More is a 413.
pub const FILE_BYTES: usize = 128 << 20;

/// How long a client may take to upload a file; a 408 after that.
pub const UPLOAD_TAKES: Duration = Duration::from_mins(5);

/// The most files that are uploaded at a time; further ones wait.
pub const UPLOADS: usize = 8;

/// The most files, announced ones among them.
pub const FILES: usize = 4_096;

/// The most batches, ended ones among them. More is a 429.
pub const BATCHES: usize = 4_096;

/// The most bytes of all files together, where they are in memory.
pub const MEMORY_BYTES: u64 = 512 << 20;

/// The most bytes of all files together, where they are on a disk.
pub const DISK_BYTES: u64 = 8 << 30;

/// The most tokens of an answer, whatever its fate says.
pub const ANSWER_TOKENS: u32 = 1 << 20;

/// The most bytes of a body that asks for no work.
pub const SMALL_BODY_BYTES: usize = 64 << 10;

/// The most uploads of models that are remembered, of all keys together.
pub const JOBS: usize = 1_024;

/// How often endpoints may be started in the life of a mock, and how many there may be at a time, of
/// all keys together. More is a 503.
pub const ENDPOINTS: usize = 1_024;
