//! Server-sent events out of bytes, however these are split on their way.
//!
//! Lines end with a line feed, a carriage return or both; a blank line ends an event; the `data`
//! fields of an event are joined by line feeds. Other fields, comments and a mark of byte order at
//! the beginning are passed over. An event that is not ended is none.

/// The longest event that is read.
const MOST_BYTES: usize = 1 << 20; // ours: far beyond any chunk of an answer

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Reads events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The line that has begun.
    line: Vec<u8>,
    /// The event that has begun, each line of data with a line feed after it.
    data: Vec<u8>,
    /// Whether the last byte was a carriage return: a line feed after it ends no further line.
    returned: bool,
    /// Whether a line has ended yet.
    begun: bool,
}

/// An event is longer than any that makes sense.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Events {
    /// Takes further bytes, and hands each event's data out as soon as it is whole.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        event: &mut impl FnMut(&[u8]),
    ) -> Result<(), TooLong> {
        let mut rest = bytes;
        if self.returned
            && let Some((first, after)) = rest.split_first()
        {
            self.returned = false;
            if *first == b'\n' {
                rest = after;
            }
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, after) = rest.split_at(end);
            self.line.extend_from_slice(line);
            self.end_line(event);
            rest = match after {
                [b'\r', b'\n', after @ ..] | [_, after @ ..] => {
                    self.returned = after.is_empty() && rest.last() == Some(&b'\r');
                    after
                }
                [] => after,
            };
        }
        self.line.extend_from_slice(rest);
        if self.line.len() + self.data.len() > MOST_BYTES { Err(TooLong) } else { Ok(()) }
    }

    fn end_line(&mut self, event: &mut impl FnMut(&[u8])) {
        let mut line = self.line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            if let Some(data) = self.data.strip_suffix(b"\n") {
                event(data);
            }
            self.data.clear();
        } else {
            let (field, value) = match line.iter().position(|byte| *byte == b':') {
                Some(colon) => (&line[..colon], &line[colon + 1..]),
                None => (line, &[][..]),
            };
            if field == b"data" {
                self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
                self.data.push(b'\n');
            }
        }
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<String> {
        let mut events = Events::default();
        let mut read = Vec::new();
        for piece in pieces {
            let taken = events.feed(piece, &mut |event| {
                read.push(String::from_utf8_lossy(event).into_owned());
            });
            assert_eq!(taken, Ok(()));
        }
        read
    }

    /// The same, of the whole text at once and with the standard library's means.
    fn oracle(text: &str) -> Vec<String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let (whole, _) = text.rsplit_once('\n').unwrap_or(("", ""));
        let whole = format!("{whole}\n");
        let mut events = Vec::new();
        let mut data: Vec<&str> = Vec::new();
        for line in whole.split_terminator('\n') {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            if line.is_empty() && !data.is_empty() {
                events.push(std::mem::take(&mut data).join("\n"));
            } else if field == "data" {
                data.push(value.strip_prefix(' ').unwrap_or(value));
            }
        }
        events
    }

    #[test]
    fn events_are_read_as_the_service_writes_them() {
        let stream = "data: {\"a\": 1}\n\ndata: [DONE]\n\n";
        assert_eq!(read(&[stream.as_bytes()]), ["{\"a\": 1}", "[DONE]"]);
        assert_eq!(
            read(&[b"\xef\xbb\xbf: hello\r\ndata:a\r\ndata:  b\r\nid: 7\r\n\r\n"]),
            ["a\n b"]
        );
        assert_eq!(read(&[b"data\n\ndata: cut"]), [""]);
        assert_eq!(read(&[b"event: ping\n\n\n\n"]), Vec::<String>::new());
    }

    #[test]
    fn a_carriage_return_and_its_line_feed_may_come_apart() {
        assert_eq!(read(&[b"data: a\r", b"\n\r", b"\ndata: b\r", b"\r"]), ["a", "b"]);
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut events = Events::default();
        let long = vec![b'x'; MOST_BYTES];
        assert_eq!(events.feed(&long, &mut |_| {}), Ok(()));
        assert_eq!(events.feed(b"x", &mut |_| {}), Err(TooLong));
    }

    proptest! {
        #[test]
        fn no_split_changes_what_is_read(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("data: "), Just("data:"), Just("data"), Just("\n"), Just("\r"),
                    Just("\r\n"), Just("\n\n"), Just("x: y"), Just(":"), Just(" "), Just("ä"),
                    Just("[DONE]"), Just("\u{feff}"),
                ],
                0..40,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let text: String = pieces.concat();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.sort_unstable();
            let mut split = Vec::new();
            let mut from = 0;
            for cut in cuts {
                split.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            split.push(&text.as_bytes()[from..]);
            prop_assert_eq!(read(&split), oracle(&text));
        }
    }
}
