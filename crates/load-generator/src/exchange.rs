//! One attempt on its way: from its request to the last byte of its answer, as things to be told.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::Response;
use hyper::body::{Body, Bytes};
use hyper::header::CONTENT_TYPE;
use run_record::RefusedBy;
use scenario::Scenario;
use strategies::Ended;
use wire::{DECIDED_BY_HEADER, ErrorKind, Reply, Status, Usage, text};

use crate::answer::{self, Error as Words, Piece};
use crate::sse::Events;
use crate::transport::{NoAnswer, Transport};

/// The most of a refusal that is read for its words.
const MOST_OF_REFUSAL: usize = 64 << 10; // ours
/// The longest answer that is read in one piece.
const MOST_OF_ANSWER: usize = 64 << 20; // ours: sixteen million tokens

/// Something that was heard of an attempt.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Status and headers of a success; its body follows.
    Head(Reply),
    /// An answer that is not a success, with its words: the end.
    TurnedAway {
        /// What it said.
        reply: Reply,
        /// What decided it, where the service says more than its body does.
        truly: RefusedBy,
    },
    /// The first text of a stream.
    FirstToken,
    /// Bytes that change nothing but the silence.
    Bytes,
    /// The last byte of a whole answer, and what it was charged for, where it said so: the end.
    Complete(Option<Usage>),
    /// An answer that began well and did not end so, and why: the end.
    Broken(Ended, NoAnswer),
    /// No head came: the end.
    Nothing(NoAnswer),
}

/// An attempt on its way. Dropped before its end, it is broken off.
pub(crate) struct Exchange<T: Transport> {
    state: State<T>,
    /// Whether a whole answer is sound, and no JSON.
    sound: bool,
}

enum State<T: Transport> {
    Sent(T::Answering),
    Refusal {
        body: T::Body,
        reply: Reply,
        decided: Option<RefusedBy>,
        read: Vec<u8>,
    },
    Whole {
        body: T::Body,
        status: Status,
        read: Vec<u8>,
    },
    /// Sound, of which only the length matters.
    Sound {
        body: T::Body,
        status: Status,
        bytes: u64,
    },
    Stream(Status, Box<Streaming<T::Body>>),
    Over,
}

struct Streaming<B> {
    body: B,
    events: Events,
    usage: Option<Usage>,
    text: bool,
    /// The end, when it was read together with something that had to be told before.
    end: Option<Heard>,
}

impl<T: Transport> Exchange<T> {
    pub(crate) fn new(answering: T::Answering, sound: bool) -> Self {
        Self { state: State::Sent(answering), sound }
    }

    /// The status of the answer, once its head has come and until its end.
    pub(crate) fn status(&self) -> Option<Status> {
        match &self.state {
            State::Sent(_) | State::Over => None,
            State::Refusal { reply, .. } => Some(reply.status),
            State::Whole { status, .. }
            | State::Sound { status, .. }
            | State::Stream(status, _) => Some(*status),
        }
    }

    /// The next thing to be told; after an end there is none.
    pub(crate) fn poll(
        &mut self,
        scenario: &Scenario,
        context: &mut Context<'_>,
    ) -> Poll<Option<Heard>> {
        let heard = match &mut self.state {
            State::Over => return Poll::Ready(None),
            State::Sent(answering) => match ready!(Pin::new(answering).poll(context)) {
                Err(why) => Heard::Nothing(why),
                Ok(response) => match self.head(response, scenario) {
                    Some(heard) => return Poll::Ready(Some(heard)),
                    None => return self.poll(scenario, context),
                },
            },
            State::Refusal { body, reply, decided, read } => {
                // What was read by then is what there is to read, cut or not.
                if let Gathered::More = ready!(gather(body, read, MOST_OF_REFUSAL, context)) {
                    return Poll::Ready(Some(Heard::Bytes));
                }
                let error = answer::read_refusal(scenario, reply.status, read);
                let reply = Reply { error, ..*reply };
                let truly = decided.unwrap_or(RefusedBy::of(reply.error));
                Heard::TurnedAway { reply, truly }
            }
            State::Whole { body, read, .. } => {
                match ready!(gather(body, read, MOST_OF_ANSWER, context)) {
                    Gathered::More => return Poll::Ready(Some(Heard::Bytes)),
                    Gathered::Whole => match answer::whole(read) {
                        Some(Ok(usage)) => Heard::Complete(usage),
                        Some(Err(words)) => broken_by(scenario, &words),
                        None => cut("it is no answer in JSON"),
                    },
                    Gathered::Cut(why) => Heard::Broken(Ended::Cut, why),
                }
            }
            State::Sound { body, bytes, .. } => {
                match ready!(Pin::new(&mut *body).poll_frame(context)) {
                    Some(Ok(frame)) => {
                        *bytes += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                        return Poll::Ready(Some(Heard::Bytes));
                    }
                    Some(Err(why)) => Heard::Broken(Ended::Cut, NoAnswer::because(&why)),
                    None if *bytes == 0 => cut("there is nothing to be heard"),
                    None => Heard::Complete(None),
                }
            }
            State::Stream(_, streaming) => {
                let heard = ready!(streaming.poll(scenario, context));
                if matches!(heard, Heard::FirstToken | Heard::Bytes) {
                    return Poll::Ready(Some(heard));
                }
                heard
            }
        };
        let state = std::mem::replace(&mut self.state, State::Over);
        if let (Heard::Complete(_), State::Stream(_, streaming)) = (&heard, state) {
            T::rest(streaming.body);
        }
        Poll::Ready(Some(heard))
    }

    /// Takes the head in; of a refusal nothing is told before its words are read.
    fn head(&mut self, response: Response<T::Body>, scenario: &Scenario) -> Option<Heard> {
        let (head, body) = response.into_parts();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let status = Status(head.status.as_u16());
        let shows = text::read(&scenario.edition.words().as_words(), header);
        let reply = Reply { status, shows, error: None, usage: Usage::default() };
        if !status.is_success() {
            let decided = header(DECIDED_BY_HEADER).and_then(decided_by);
            self.state = State::Refusal { body, reply, decided, read: Vec::new() };
            return None;
        }
        let media = header(CONTENT_TYPE.as_str()).unwrap_or_default().trim_start();
        let streams = media.starts_with("text/event-stream");
        // An error may come as JSON in its place.
        let sound = self.sound && !media.starts_with("application/json");
        self.state = if streams {
            let (events, usage, text, end) = (Events::default(), None, false, None);
            State::Stream(status, Box::new(Streaming { body, events, usage, text, end }))
        } else if sound {
            State::Sound { body, status, bytes: 0 }
        } else {
            State::Whole { body, status, read: Vec::new() }
        };
        Some(Heard::Head(reply))
    }
}

impl<B: Body<Data = Bytes, Error: Error> + Unpin> Streaming<B> {
    fn poll(&mut self, scenario: &Scenario, context: &mut Context<'_>) -> Poll<Heard> {
        if let Some(end) = self.end.take() {
            return Poll::Ready(end);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(why)) => {
                return Poll::Ready(Heard::Broken(Ended::Cut, NoAnswer::because(&why)));
            }
            // A stream says itself when it is done; one that merely stops was cut.
            None => return Poll::Ready(cut("the stream stopped before it said that it is done")),
        };
        let Ok(bytes) = frame.into_data() else { return Poll::Ready(Heard::Bytes) };
        let had_text = self.text;
        self.read(&bytes, scenario);
        Poll::Ready(if self.text && !had_text {
            Heard::FirstToken
        } else {
            self.end.take().unwrap_or(Heard::Bytes)
        })
    }

    fn read(&mut self, bytes: &[u8], scenario: &Scenario) {
        let Self { events, usage, text, end, .. } = self;
        let taken = events.feed(bytes, &mut |event| {
            if end.is_some() {
                return;
            }
            match answer::piece(event) {
                Piece::Chunk { text: more, usage: said } => {
                    *text |= more;
                    *usage = said.or(*usage);
                }
                Piece::Error(words) => *end = Some(broken_by(scenario, &words)),
                Piece::Done => *end = Some(Heard::Complete(*usage)),
                Piece::Unreadable => *end = Some(cut("an event of the stream is no JSON")),
            }
        });
        if taken.is_err() && end.is_none() {
            *end = Some(cut("an event of the stream is longer than any answer"));
        }
    }
}

/// How far a body is read.
enum Gathered {
    /// There may be more.
    More,
    /// To its end.
    Whole,
    /// Not to its end, and no further.
    Cut(NoAnswer),
}

/// Reads some of a body into `read`.
fn gather<B: Body<Data = Bytes, Error: Error> + Unpin>(
    body: &mut B,
    read: &mut Vec<u8>,
    most: usize,
    context: &mut Context<'_>,
) -> Poll<Gathered> {
    Poll::Ready(match ready!(Pin::new(&mut *body).poll_frame(context)) {
        None => Gathered::Whole,
        Some(Err(why)) => Gathered::Cut(NoAnswer::because(&why)),
        Some(Ok(frame)) => match frame.into_data() {
            Ok(bytes) if read.len() + bytes.len() > most => {
                Gathered::Cut(NoAnswer::new("it is longer than is read"))
            }
            Ok(bytes) => {
                read.extend_from_slice(&bytes);
                Gathered::More
            }
            Err(_) => Gathered::More,
        },
    })
}

/// An answer that cannot be taken for one.
fn cut(why: &str) -> Heard {
    Heard::Broken(Ended::Cut, NoAnswer::new(why))
}

/// How an error inside a successful answer ended its attempt.
fn broken_by(scenario: &Scenario, words: &Words<'_>) -> Heard {
    // No status tells it here, so without a type nothing does.
    let typed = words.kind.is_some() || words.beside.is_some();
    let known =
        typed.then_some(ErrorKind::ALL).into_iter().flatten().find(|kind| {
            words.kind_in(scenario, scenario.edition.error(*kind).status) == Some(*kind)
        });
    let why =
        format!("an error in its place: {}", known.map_or("of no known kind", ErrorKind::name));
    Heard::Broken(Ended::ErrorInStream(known.unwrap_or(ErrorKind::Internal)), NoAnswer::new(why))
}

/// What our own mock names as having decided a refusal.
fn decided_by(name: &str) -> Option<RefusedBy> {
    let kind = ErrorKind::ALL.into_iter().find(|kind| kind.decided_by() == name)?;
    Some(RefusedBy::of(Some(kind)))
}
