//! Sound: what is spoken, as real samples; and how long a recording is that somebody brings along.
//!
//! What is heard is a tone of one pitch. One second of it is made once, and a body repeats that: an hour
//! of speech takes no more memory than a word.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use limits::Span;

/// How one sample is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A float of 32 bits, little end first.
    F32,
    /// A whole number of 16 bits, little end first.
    S16,
    /// Eight bits, as telephones in America and Japan have them.
    MuLaw,
    /// Eight bits, as telephones elsewhere have them.
    ALaw,
}

impl Encoding {
    /// Every one.
    pub(crate) const ALL: [Self; 4] = [Self::F32, Self::S16, Self::MuLaw, Self::ALaw];

    /// Its word in requests.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::F32 => "pcm_f32le",
            Self::S16 => "pcm_s16le",
            Self::MuLaw => "pcm_mulaw",
            Self::ALaw => "pcm_alaw",
        }
    }

    /// The one that is meant.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// How many bytes a sample has.
    pub(crate) const fn bytes(self) -> u32 {
        match self {
            Self::F32 => 4,
            Self::S16 => 2,
            Self::MuLaw | Self::ALaw => 1,
        }
    }

    /// What a WAV calls it.
    const fn tag(self) -> u16 {
        match self {
            Self::S16 => 1,
            Self::F32 => 3,
            Self::ALaw => 6,
            Self::MuLaw => 7,
        }
    }

    /// Writes a sample.
    fn write(self, sample: i16, out: &mut Vec<u8>) {
        match self {
            Self::F32 => out.extend((f32::from(sample) / f32::from(i16::MAX)).to_le_bytes()),
            Self::S16 => out.extend(sample.to_le_bytes()),
            Self::MuLaw => out.push(mu_law(sample)),
            Self::ALaw => out.push(a_law(sample)),
        }
    }
}

/// The pitch, in waves a second: every usual rate of samples is a multiple of it.
const PITCH: u32 = 100; // ours: low, and no longer than a page of samples

/// How far the tone goes up and down, of the 32,767 that there are.
const LOUD: i32 = 8_000; // ours: a quarter

/// A second of tone, from the beginning of a wave; each of its samples whole.
pub(crate) fn second(rate: u32, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(rate as usize * encoding.bytes() as usize);
    let wave = (rate / PITCH).max(2);
    for at in 0..rate {
        // Straight up and straight down again.
        let place = i64::from(at % wave) * 4 * i64::from(LOUD) / i64::from(wave);
        let (one, two, loud) = (place, i64::from(LOUD) * 2, i64::from(LOUD));
        let height = if one <= loud {
            one
        } else if one <= loud + two {
            two - one
        } else {
            one - 2 * two
        };
        encoding.write(i16::try_from(height).unwrap_or(0), &mut out);
    }
    out
}

/// What a WAV of so many bytes of sound begins with.
pub(crate) fn wav_header(rate: u32, encoding: Encoding, bytes: u32) -> Vec<u8> {
    let size = encoding.bytes();
    let mut out = Vec::with_capacity(HEADER);
    out.extend(b"RIFF");
    out.extend(bytes.saturating_add(36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    out.extend(encoding.tag().to_le_bytes());
    // One channel.
    out.extend(1_u16.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend(rate.saturating_mul(size).to_le_bytes());
    let [low, high, ..] = size.to_le_bytes();
    out.extend([low, high]);
    let [low, high, ..] = (size * 8).to_le_bytes();
    out.extend([low, high]);
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    out
}

/// How many bytes the beginning of a WAV has.
pub(crate) const HEADER: usize = 44;

fn mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 0x84;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let height = sample.unsigned_abs().min(32_635) + BIAS;
    let exponent = 7 - u8::try_from(height.leading_zeros().saturating_sub(1)).unwrap_or(7).min(7);
    let [mantissa, _] = ((height >> (exponent + 3)) & 0x0f).to_le_bytes();
    !(sign | (exponent << 4) | mantissa)
}

fn a_law(sample: i16) -> u8 {
    let (sign, height) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let height = height.unsigned_abs() >> 3;
    let bits = u8::try_from(u16::BITS - height.leading_zeros()).unwrap_or(0);
    let exponent = bits.saturating_sub(5).min(7);
    let [mantissa, _] = ((height >> exponent.max(1)) & 0x0f).to_le_bytes();
    (sign | (exponent << 4) | mantissa) ^ 0x55
}

/// A body of sound: what it begins with, then a second of tone as often as it takes.
#[derive(Debug)]
pub(crate) struct Sounding {
    head: Option<Bytes>,
    second: Bytes,
    left: u64,
}

impl Sounding {
    /// So many bytes of sound after a beginning.
    pub(crate) fn new(head: Vec<u8>, second: Vec<u8>, bytes: u64) -> Self {
        let left = if second.is_empty() { 0 } else { bytes };
        let head = Some(head).filter(|head| !head.is_empty()).map(Bytes::from);
        Self { head, second: second.into(), left }
    }

    fn next(&mut self) -> Option<Bytes> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        if self.left == 0 {
            return None;
        }
        let many = usize::try_from(self.left).unwrap_or(usize::MAX).min(self.second.len());
        self.left -= many as u64;
        Some(self.second.slice(..many))
    }

    fn bytes(&self) -> u64 {
        self.left + self.head.as_ref().map_or(0, |head| head.len() as u64)
    }
}

impl HttpBody for Sounding {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.next().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes())
    }
}

/// How long a recording lasts: told by a WAV and a FLAC themselves, estimated by its bytes where it is
/// in another form that is known; `None` where it is in none of them.
pub(crate) fn lasts(recording: &[u8]) -> Option<Span> {
    if let Some(chunks) = riff(recording) {
        return of_wav(chunks);
    }
    if let Some(info) = recording.strip_prefix(b"fLaC") {
        return of_flac(info);
    }
    let packed = recording.starts_with(b"OggS")
        || recording.starts_with(b"ID3")
        || recording.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])
        || recording.get(4..8) == Some(b"ftyp")
        || matches!(recording, [0xff, second, ..] if second & 0xe0 == 0xe0);
    packed.then(|| lasting(recording.len() as u64, PACKED))
}

/// Bytes in a second of a recording that is packed in a way that does not say.
const PACKED: u64 = 16_000; // ours: 128 kbit/s, the usual rate of an MP3

/// So much at so much a second.
fn lasting(amount: u64, a_second: u64) -> Span {
    let nanos = u128::from(amount) * 1_000_000_000 / u128::from(a_second.max(1));
    Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn riff(recording: &[u8]) -> Option<&[u8]> {
    let rest = recording.strip_prefix(b"RIFF")?;
    rest.get(4..)?.strip_prefix(b"WAVE")
}

/// Walks the chunks of a WAV to how much a second takes and how much there is.
fn of_wav(mut chunks: &[u8]) -> Option<Span> {
    let mut a_second = None;
    while let Some((name, rest)) = chunks.split_at_checked(4) {
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size) as usize;
        match name {
            b"fmt " => {
                let rate = rest.get(8..12)?.first_chunk::<4>()?;
                a_second = Some(u64::from(u32::from_le_bytes(*rate))).filter(|rate| *rate > 0);
            }
            // A recording that was still running when its head was written says too much.
            b"data" => return Some(lasting(size.min(rest.len()) as u64, a_second?)),
            _ => {}
        }
        // Chunks begin at even places.
        chunks = rest.get(size.checked_add(size % 2)?..)?;
    }
    None
}

/// The first block of a FLAC says how many samples there are, and how many in a second.
fn of_flac(blocks: &[u8]) -> Option<Span> {
    let numbers = blocks.get(14..22)?.first_chunk::<8>()?;
    let numbers = u64::from_be_bytes(*numbers);
    let (rate, samples) = (numbers >> 44, numbers & 0x0f_ffff_ffff);
    (rate > 0).then(|| lasting(samples, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook's way back from eight bits.
    fn from_mu_law(byte: u8) -> i32 {
        let byte = !byte;
        let height = ((i32::from(byte & 0x0f) << 3) + 0x84) << ((byte & 0x70) >> 4);
        if byte & 0x80 == 0 { height - 0x84 } else { 0x84 - height }
    }

    fn from_a_law(byte: u8) -> i32 {
        let byte = byte ^ 0x55;
        let (mantissa, segment) = (i32::from(byte & 0x0f) << 4, (byte & 0x70) >> 4);
        let height = match segment {
            0 => mantissa + 8,
            1 => mantissa + 0x108,
            _ => (mantissa + 0x108) << (segment - 1),
        };
        if byte & 0x80 == 0 { -height } else { height }
    }

    #[test]
    fn what_telephones_carry_comes_back_as_it_was_but_for_a_thirtieth() {
        for sample in (i16::MIN..=i16::MAX).step_by(37) {
            let most = i32::from(sample).abs() / 30 + 16;
            for (law, back) in
                [(mu_law as fn(i16) -> u8, from_mu_law as fn(u8) -> i32), (a_law, from_a_law)]
            {
                let heard = back(law(sample));
                assert!((heard - i32::from(sample)).abs() <= most.max(140), "{sample}: {heard}");
            }
        }
    }

    #[test]
    fn a_wav_lasts_as_long_as_its_samples_say() {
        for encoding in Encoding::ALL {
            for (rate, seconds) in [(8_000, 1), (24_000, 3), (44_100, 2)] {
                let second = second(rate, encoding);
                assert_eq!(second.len(), (rate * encoding.bytes()) as usize);
                let bytes = rate * encoding.bytes() * seconds;
                let mut wav = wav_header(rate, encoding, bytes);
                assert_eq!(wav.len(), HEADER);
                (0..seconds).for_each(|_| wav.extend(&second));
                assert_eq!(lasts(&wav), Some(Span::from_secs(seconds.into())));
                // Half of it came.
                let half = HEADER + bytes as usize / 2;
                assert_eq!(lasts(&wav[..half]), Some(Span::from_millis(u64::from(seconds) * 500)));
            }
        }
    }

    #[test]
    fn a_tone_goes_up_and_down_without_a_jump_where_seconds_meet() {
        for rate in [8_000, 24_000, 44_100] {
            let second = second(rate, Encoding::S16);
            let heights: Vec<i16> =
                second.chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
            assert!(heights.iter().any(|height| *height > 7_000));
            assert!(heights.iter().any(|height| *height < -7_000));
            let next = heights.iter().skip(1).chain(&heights[..1]);
            assert!(heights.iter().zip(next).all(|(one, two)| one.abs_diff(*two) < 1_000));
        }
    }

    #[test]
    fn forms_that_are_known_last_something_and_others_nothing() {
        // 44,100 samples a second, 88,200 of them.
        let mut flac = b"fLaC\x00\x00\x00\x22".to_vec();
        flac.extend([0; 10]);
        flac.extend(((44_100_u64 << 44) + 88_200).to_be_bytes());
        assert_eq!(lasts(&flac), Some(Span::from_secs(2)));
        let mut mp3 = b"ID3".to_vec();
        mp3.resize(32_000, 0);
        assert_eq!(lasts(&mp3), Some(Span::from_secs(2)));
        for torn in [
            &b""[..],
            b"hello",
            b"RIFF",
            b"RIFF\0\0\0\0WAVEfmt ",
            b"fLaC",
            b"RIFF\0\0\0\0WAVEdata\x09\0\0\0",
        ] {
            assert_eq!(lasts(torn), None, "{torn:?}");
        }
        let endless = b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\xff";
        assert_eq!(lasts(endless), None);
    }

    #[test]
    fn a_body_of_sound_says_how_long_it_is_and_is_that_long() {
        let second = second(8_000, Encoding::MuLaw);
        let mut body = Sounding::new(b"head".to_vec(), second.clone(), 20_000);
        assert_eq!(body.size_hint().exact(), Some(20_004));
        let mut all = Vec::new();
        while let Some(bytes) = body.next() {
            all.extend_from_slice(&bytes);
        }
        assert_eq!(all.len(), 20_004);
        assert_eq!(all[4..8_004], second);
        assert!(body.is_end_stream());
    }
}
