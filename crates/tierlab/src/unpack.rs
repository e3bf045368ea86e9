//! Packed files, read as they come: gzip, zstd and tar by what stands in them, whatever they are
//! called. Nothing is unpacked to a disk or as a whole.

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;
use rulebook::reading::known;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// A tar archive says so in the block that each of its files begins with, after so many bytes.
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");

/// A name in an archive that is not there is answered with those that are, up to so many.
const NAMES_SHOWN: usize = 12;

/// Why nothing can be read from a packed file.
#[derive(Debug)]
pub(crate) enum PackFault {
    /// It is an archive, and the scenario does not say which of its files is meant.
    WhichMember { members: Vec<String>, more: bool },
    /// The archive has no such file.
    NoMember { member: String, members: Vec<String>, more: bool },
    /// The scenario names a file within it, but it is no archive.
    NoArchive { member: String },
    /// An archive is needed, and this is none.
    NotAnArchive,
    /// The bytes do not come, or do not unpack.
    Unreadable(io::Error),
}

/// Hands the text of a file to `read`: unpacked, and in an archive that of its `member`.
pub(crate) fn text_of<T>(
    file: &mut dyn Read,
    member: Option<&str>,
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> Result<T, PackFault> {
    let (is_archive, unpacked) = unpacked(file)?;
    match (is_archive, member) {
        (false, None) => Ok(read(&mut BufReader::new(unpacked))),
        (false, Some(member)) => Err(PackFault::NoArchive { member: member.to_owned() }),
        (true, member) => member_of(unpacked, member, read),
    }
}

/// Hands the text of each file of an archive to `read`, with its name there, until that has no use
/// for more.
pub(crate) fn each_member<E>(
    file: &mut dyn Read,
    mut read: impl FnMut(&str, &mut dyn BufRead) -> Result<(), E>,
) -> Result<Result<(), E>, PackFault> {
    let (is_archive, unpacked) = unpacked(file)?;
    if !is_archive {
        return Err(PackFault::NotAnArchive);
    }
    for entry in tar::Archive::new(unpacked).entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Err(fault) = read(&name, &mut BufReader::new(entry)) {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(()))
}

/// What stands in a file that may be packed, and whether that is an archive.
fn unpacked(file: &mut dyn Read) -> io::Result<(bool, impl Read)> {
    let (head, file) = peeked(file, 4)?;
    let unpacked: Box<dyn Read + '_> = match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            Box::new(Frames::new(BufReader::new(file)))
        }
        _ => Box::new(file),
    };
    let (at, magic) = TAR_MAGIC;
    let (head, unpacked) = peeked(unpacked, at + magic.len())?;
    Ok((head.get(at..) == Some(magic), unpacked))
}

/// The first bytes of a file, as many as there are up to `most`, and the file with them.
fn peeked<R: Read>(mut file: R, most: usize) -> io::Result<(Vec<u8>, impl Read)> {
    let mut head = Vec::new();
    file.by_ref().take(most as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(file)))
}

fn member_of<T>(
    file: impl Read,
    member: Option<&str>,
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> Result<T, PackFault> {
    let mut archive = tar::Archive::new(file);
    let mut members = Vec::new();
    let mut more = false;
    for entry in archive.entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if member.is_some_and(|member| plain(member) == plain(&name)) {
            return Ok(read(&mut BufReader::new(entry)));
        }
        more = members.len() >= NAMES_SHOWN;
        if !more {
            members.push(name);
        } else if member.is_none() {
            break;
        }
    }
    Err(match member {
        Some(member) => PackFault::NoMember { member: member.to_owned(), members, more },
        None => PackFault::WhichMember { members, more },
    })
}

/// A name in an archive, which may say that it begins in the archive's own folder.
fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

impl From<io::Error> for PackFault {
    fn from(error: io::Error) -> Self {
        PackFault::Unreadable(error)
    }
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, members, more) = match self {
            PackFault::WhichMember { members, more } => {
                f.write_str(
                    "is an archive: say which of its files is meant, as `member = \"…\"`; ",
                )?;
                ("", members, more)
            }
            PackFault::NoMember { member, members, more } => {
                write!(f, "has no file `{member}`; ")?;
                (member.as_str(), members, more)
            }
            PackFault::NoArchive { member } => {
                return write!(f, "is no tar archive: take `member = \"{member}\"` out");
            }
            PackFault::NotAnArchive => {
                return f
                    .write_str("is no tar archive: a set of clients is a file for each of them");
            }
            PackFault::Unreadable(error) => return write!(f, "cannot be unpacked: {error}"),
        };
        let names: Vec<&str> = members.iter().map(String::as_str).collect();
        f.write_str(&known(word, &names))?;
        if *more { f.write_str(" and more") } else { Ok(()) }
    }
}

impl std::error::Error for PackFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PackFault::Unreadable(error) => Some(error),
            PackFault::WhichMember { .. }
            | PackFault::NoMember { .. }
            | PackFault::NoArchive { .. }
            | PackFault::NotAnArchive => None,
        }
    }
}

/// All frames of a zstd file, one after the other, as its format has it: those that hold nothing
/// for a reader are skipped. A frame's window, and so what it takes of memory, is limited by the
/// decoder to 100 MB.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Frames { source, decoder: FrameDecoder::new(), within: false }
    }

    /// Begins the next frame; false where there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = u64::from(length);
                    let got = io::copy(&mut self.source.by_ref().take(skipped), &mut io::sink())?;
                    if got < skipped {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        Ok(false)
    }

    /// Holds what was read of a frame against the sum at its end, where it has one.
    fn end(&self) -> io::Result<()> {
        let sums =
            self.decoder.get_checksum_from_data().zip(self.decoder.get_calculated_checksum());
        match sums {
            Some((said, found)) if said != found => {
                let error = "a frame's checksum is not that of its data";
                Err(io::Error::new(io::ErrorKind::InvalidData, error))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.within {
                self.within = self.begin()?;
                if !self.within {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.end()?;
            self.within = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    /// Bytes that come a few at a time, as from a pipe.
    struct Drops<'b>(&'b [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(self.1);
            self.0.read(buffer.get_mut(..most).unwrap_or_default())
        }
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn archive(members: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn text(mut file: &[u8], member: Option<&str>) -> Result<String, String> {
        let read = |text: &mut dyn BufRead| {
            let mut whole = String::new();
            text.read_to_string(&mut whole).map(|_| whole)
        };
        let read = text_of(&mut file, member, read).map_err(|fault| fault.to_string())?;
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_is_read_as_what_it_is() {
        let rows = "a,b\n".repeat(50_000);
        for packed in [rows.as_bytes().to_vec(), gzip(rows.as_bytes()), zstd(rows.as_bytes())] {
            assert!(text(&packed, None) == Ok(rows.clone()), "{} bytes", packed.len());
        }
        assert_eq!(text(b"", None), Ok(String::new()));
    }

    #[test]
    fn chunks_make_no_difference() {
        let rows = "a,b\n".repeat(2_000);
        let tar = archive(&[("x/rows.csv", &rows)]);
        for packed in [gzip(&tar), zstd(&tar), tar.clone()] {
            for size in [1, 3, 512, 513] {
                let read = |text: &mut dyn BufRead| text.lines().count();
                let rows = text_of(&mut Drops(&packed, size), Some("x/rows.csv"), read);
                assert_eq!(rows.unwrap(), 2_000);
            }
        }
    }

    #[test]
    fn frames_of_zstd_follow_one_another() {
        let skipped = [0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, b'x', b'y', b'z'];
        let mut packed = skipped.to_vec();
        packed.extend(zstd(b"one\n"));
        packed.extend(skipped);
        packed.extend(zstd(b""));
        packed.extend(zstd(b"two\n"));
        assert_eq!(text(&packed, None), Ok("one\ntwo\n".to_owned()));
        packed.truncate(packed.len() - 2);
        assert!(text(&packed, None).is_err(), "cut short");
        packed.extend(b"no frame");
        assert!(text(&packed, None).is_err(), "something else behind");
    }

    #[test]
    fn a_flipped_bit_is_found_out() {
        let mut packed = zstd(&"a,b\n".repeat(2_000).into_bytes());
        let sum = packed.len() - 1;
        packed[sum] ^= 1;
        assert!(text(&packed, None).unwrap_err().contains("checksum"));
    }

    #[test]
    fn a_file_of_an_archive_is_named() {
        let tar = archive(&[("./a.csv", "one"), ("b/c.csv", "two")]);
        assert_eq!(text(&tar, Some("a.csv")), Ok("one".to_owned()));
        assert_eq!(text(&gzip(&tar), Some("b/c.csv")), Ok("two".to_owned()));
        let refused =
            [text(&tar, None), text(&tar, Some("b/d.csv")), text(b"a,b\n", Some("a.csv"))];
        insta::assert_snapshot!(refused.map(Result::unwrap_err).join("\n"));
    }
}
