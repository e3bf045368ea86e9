//! Pictures: real PNG and JPEG of the size that is asked for, and small, since all that they show is
//! a few bands of colour.
//!
//! A picture has a name that says all of it. So one that was asked for by URL need not be kept: its
//! bytes are made when somebody comes for them.

use std::fmt;
use std::str::FromStr;

use chance::Purpose;
use chance::split;
use jpeg_encoder::{ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

/// The longest side of a picture that is made, in pixels.
pub(crate) const SIDE: u16 = 4_096; // ours: sixteen million pixels, a fifth of a second of work

/// The bands of one picture.
const BANDS: u16 = 4;

/// Four pixels in a byte of a PNG, all of them in one colour.
const FOUR_TIMES: u8 = 0b0101_0101;

/// What JPEG keeps of what it is given, of a hundred.
const QUALITY: u8 = 60; // ours: bands of colour need no more

/// How the bytes of a picture are laid out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
}

impl Format {
    /// Its word in requests, and the end of its names.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    /// Its media type.
    pub(crate) const fn media(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The one that is meant; `None` where it is no word for one.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "jpeg" | "jpg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            _ => None,
        }
    }
}

/// A picture. Its sides are above zero and at most [`SIDE`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    width: u16,
    height: u16,
    format: Format,
    draw: u64,
}

impl Picture {
    /// A picture of this width and height in pixels, with colours that are drawn; `None` where none
    /// is made of that size.
    pub(crate) fn of((width, height): (u32, u32), format: Format, draw: u64) -> Option<Self> {
        let side =
            |pixels: u32| u16::try_from(pixels).ok().filter(|side| (1..=SIDE).contains(side));
        Some(Self { width: side(width)?, height: side(height)?, format, draw })
    }

    pub(crate) const fn format(self) -> Format {
        self.format
    }

    /// Its bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        // Writing to memory does not fail, and the sides are within what either form holds.
        let _written = match self.format {
            Format::Jpeg => self.jpeg(&mut out).is_ok(),
            Format::Png => self.png(&mut out).is_ok(),
        };
        out
    }

    fn jpeg(self, out: &mut Vec<u8>) -> Result<(), jpeg_encoder::EncodingError> {
        let mut encoder = jpeg_encoder::Encoder::new(out, QUALITY);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let bands = self.colours().map(|[red, green, blue]| rgb_to_ycbcr(red, green, blue));
        encoder.encode_image(Bands { of: self, bands })
    }

    fn png(self, out: &mut Vec<u8>) -> Result<(), png::EncodingError> {
        let mut encoder = png::Encoder::new(out, self.width.into(), self.height.into());
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Two);
        encoder.set_palette(self.colours().concat());
        encoder.set_compression(png::Compression::Fast);
        let row = usize::from(self.width).div_ceil(4);
        let rows = (0..self.height).flat_map(|y| {
            let index = u8::try_from(self.band(y)).unwrap_or(0);
            std::iter::repeat_n(FOUR_TIMES * index, row)
        });
        encoder.write_header()?.write_image_data(&rows.collect::<Vec<u8>>())
    }

    /// The band that a row is in.
    fn band(self, row: u16) -> u16 {
        let band = u32::from(row) * u32::from(BANDS) / u32::from(self.height.max(1));
        u16::try_from(band).unwrap_or(0).min(BANDS - 1)
    }

    /// Red, green and blue of each band: evenly from one colour to another.
    fn colours(self) -> [[u8; 3]; BANDS as usize] {
        let drawn = split(self.draw, Purpose::Answer).to_be_bytes();
        let [r0, g0, b0, r1, g1, b1, ..] = drawn.map(u32::from);
        let between = |from: u32, to: u32, band: u32| {
            let last = u32::from(BANDS) - 1;
            u8::try_from((from * (last - band) + to * band) / last).unwrap_or(u8::MAX)
        };
        [0, 1, 2, 3]
            .map(|band| [between(r0, r1, band), between(g0, g1, band), between(b0, b1, band)])
    }
}

/// A picture as JPEG takes it, row by row.
struct Bands {
    of: Picture,
    bands: [(u8, u8, u8); BANDS as usize],
}

impl ImageBuffer for Bands {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.of.width
    }

    fn height(&self) -> u16 {
        self.of.height
    }

    fn fill_buffers(&self, row: u16, buffers: &mut [Vec<u8>; 4]) {
        let colour = self.bands.get(usize::from(self.of.band(row))).copied().unwrap_or_default();
        let [luma, blue, red, _] = buffers;
        for (buffer, of) in [(luma, colour.0), (blue, colour.1), (red, colour.2)] {
            buffer.resize(buffer.len() + usize::from(self.of.width), of);
        }
    }
}

/// Its name: `1024x768-00c0ffee00c0ffee.png`.
impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, format, draw } = self;
        write!(f, "{width}x{height}-{draw:016x}.{}", format.word())
    }
}

/// A text that names no picture.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoPicture;

impl FromStr for Picture {
    type Err = NoPicture;

    fn from_str(name: &str) -> Result<Self, NoPicture> {
        let read = || {
            let (size, rest) = name.split_once('-')?;
            let (width, height) = size.split_once('x')?;
            let (draw, format) = rest.split_once('.')?;
            let sides = (width.parse().ok()?, height.parse().ok()?);
            let draw = u64::from_str_radix(draw, 16).ok()?;
            Self::of(sides, Format::of_word(format)?, draw)
        };
        read().ok_or(NoPicture)
    }
}

#[cfg(test)]
mod tests {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;

    use super::*;

    const SIZES: [(u32, u32); 6] =
        [(1, 1), (3, 2), (7, 300), (256, 256), (1_023, 769), (1_440, 256)];

    #[test]
    fn a_png_is_read_by_a_decoder_and_has_the_size_that_was_asked_for() {
        for (width, height) in SIZES {
            let picture = Picture::of((width, height), Format::Png, 7).unwrap();
            let bytes = picture.bytes();
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((info.width, info.height), (width, height));
            assert_eq!(pixels.len() as u64, u64::from(3 * width * height));
            assert_eq!(pixels[..3], picture.colours()[0]);
            assert!(bytes.len() < 4_096, "{width}x{height}: {} bytes", bytes.len());
        }
    }

    #[test]
    fn a_jpeg_is_read_by_a_decoder_and_has_the_size_that_was_asked_for() {
        for (width, height) in SIZES {
            let picture = Picture::of((width, height), Format::Jpeg, 7).unwrap();
            let bytes = picture.bytes();
            let mut decoder = JpegDecoder::new(ZCursor::new(&bytes));
            let pixels = decoder.decode().unwrap();
            let info = decoder.info().unwrap();
            assert_eq!((u32::from(info.width), u32::from(info.height)), (width, height));
            assert_eq!(pixels.len() as u64, u64::from(3 * width * height));
            // In a small picture the bands run into one another.
            let first = pixels.iter().zip(picture.colours()[0]).filter(|_| height > 200);
            for (read, drawn) in first {
                assert!(read.abs_diff(drawn) < 16, "{read} for {drawn}");
            }
        }
    }

    #[test]
    fn a_name_says_all_of_a_picture() {
        for format in [Format::Jpeg, Format::Png] {
            let picture = Picture::of((1_024, 768), format, 0xfeed).unwrap();
            assert_eq!(picture.to_string().parse(), Ok(picture));
            let other = Picture::of((1_024, 768), format, 0xbeef).unwrap();
            assert_ne!(picture.bytes(), other.bytes());
        }
        for none in ["", "1x1", "0x4-1.png", "4097x4-1.png", "1x1-1.gif", "1x1-x.png", "-1x1-1.png"]
        {
            assert_eq!(none.parse::<Picture>(), Err(NoPicture), "{none}");
        }
    }
}
