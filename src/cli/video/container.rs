//! What kind of video a file is, told by its first bytes, and whether its end is missing, told by the lengths that it states.
//! Nothing is decoded. Imports nothing of the crate.

use std::io::{self, Read, Seek, SeekFrom};

/// How many bytes of a file [`Container::of`] looks at.
pub(in crate::cli) const HEAD_BYTES: usize = 4096;
/// Boxes of an MP4 file that are walked; one of more (none was seen) counts as whole.
const MAX_BOXES: usize = 1 << 20;
/// Length of a packet of MPEG-TS.
const TS_PACKET: usize = 188;
/// So many packets are looked at: one byte in 256 is as that with which they begin.
const TS_PACKETS: usize = 5;

/// The containers that are given to ffmpeg. Nothing else is: playlists name further files, and pictures are decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Container {
    Mp4,
    Mov,
    ThreeGp,
    Matroska,
    WebM,
    Avi,
    Mpeg,
    MpegTs,
}

impl Container {
    /// The container of a file with these first bytes; `None` for what is no video that is read here.
    pub(in crate::cli) fn of(head: &[u8]) -> Option<Self> {
        let at = |place: usize, bytes: &[u8]| head.get(place..place + bytes.len()) == Some(bytes);
        let packets = |from: usize, length: usize| {
            let mut places = (0..TS_PACKETS).map(|number| from + number * length);
            places.all(|place| place >= head.len() || at(place, b"G"))
        };
        if at(4, b"ftyp") {
            return of_brand(head.get(8..12)?);
        }
        if at(0, b"\x1a\x45\xdf\xa3") {
            // The document type stands in the first element, which is some forty bytes long.
            let start = head.get(..head.len().min(64))?;
            let web = start.windows(4).any(|bytes| bytes == b"webm");
            return Some(if web { Self::WebM } else { Self::Matroska });
        }
        if at(0, b"RIFF") && at(8, b"AVI ") {
            return Some(Self::Avi);
        }
        if at(0, b"\0\0\x01\xba") || at(0, b"\0\0\x01\xb3") {
            return Some(Self::Mpeg);
        }
        // QuickTime of before there was `ftyp`.
        if [b"moov", b"mdat", b"wide", b"pnot"].iter().any(|kind| at(4, *kind)) {
            return Some(Self::Mov);
        }
        // A packet begins with G; cameras put four bytes of time before each.
        let is_stream = packets(0, TS_PACKET) || packets(4, TS_PACKET + 4);
        (head.len() >= TS_PACKET && !at(0, b"GIF8") && is_stream).then_some(Self::MpegTs)
    }

    /// The name in a library's `format` column.
    pub(in crate::cli) const fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::ThreeGp => "3gp",
            Self::Matroska => "mkv",
            Self::WebM => "webm",
            Self::Avi => "avi",
            Self::Mpeg => "mpeg",
            Self::MpegTs => "mpegts",
        }
    }

    /// The name in messages.
    pub(in crate::cli) const fn title(self) -> &'static str {
        match self {
            Self::Mp4 => "MP4",
            Self::Mov => "QuickTime",
            Self::ThreeGp => "3GP",
            Self::Matroska => "Matroska",
            Self::WebM => "WebM",
            Self::Avi => "AVI",
            Self::Mpeg => "MPEG",
            Self::MpegTs => "MPEG-TS",
        }
    }

    /// Whether it has an index, and one clock from the beginning to the end: a place that is sought is found exactly.
    pub(super) const fn is_indexed(self) -> bool {
        matches!(self, Self::Mp4 | Self::Mov | Self::ThreeGp | Self::Matroska | Self::WebM)
    }

    /// Whether it says how long the film is. Of the others, it is guessed by the first time, the last, and the size.
    pub(super) const fn states_duration(self) -> bool {
        !matches!(self, Self::Mpeg | Self::MpegTs)
    }

    /// Whether the file states a length beyond its end, or ends before the index without which it cannot be read.
    ///
    /// MPEG streams state none; a part of one is a whole one.
    pub(in crate::cli) fn is_cut_off(self, file: &mut (impl Read + Seek)) -> io::Result<bool> {
        let length = file.seek(SeekFrom::End(0))?;
        match self {
            Self::Mp4 | Self::Mov | Self::ThreeGp => boxes_cut_off(file, length),
            Self::Matroska | Self::WebM => segment_cut_off(file, length),
            Self::Avi => {
                let mut header = [0; 8];
                file.seek(SeekFrom::Start(0))?;
                file.read_exact(&mut header)?;
                let [.., a, b, c, d] = header;
                let stated = u32::from_le_bytes([a, b, c, d]);
                // Recorders that were stopped leave 0 or all ones; then nothing is stated.
                Ok(stated != u32::MAX && u64::from(stated) + 8 > length + 1)
            }
            Self::Mpeg | Self::MpegTs => Ok(false),
        }
    }
}

/// Pictures (HEIC, AVIF) are in the same boxes; their brands tell them apart.
fn of_brand(brand: &[u8]) -> Option<Container> {
    match brand {
        b"qt  " => Some(Container::Mov),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"avif" | b"avis" => None,
        [b'3', b'g', ..] => Some(Container::ThreeGp),
        _ => Some(Container::Mp4),
    }
}

/// ISO 14496-12: boxes one after the other, each with its length (32 bits, or 1 and then 64 bits; 0 means to the end).
fn boxes_cut_off(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    let (mut place, mut index, mut data) = (0_u64, false, false);
    for _ in 0..MAX_BOXES {
        if place + 8 > length {
            break;
        }
        file.seek(SeekFrom::Start(place))?;
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let [a, b, c, d, kind @ ..] = header;
        let mut size = u64::from(u32::from_be_bytes([a, b, c, d]));
        if size == 1 && place + 16 <= length {
            let mut long = [0; 8];
            file.read_exact(&mut long)?;
            size = u64::from_be_bytes(long);
        } else if size == 0 {
            size = length - place;
        }
        index |= kind == *b"moov";
        data |= kind == *b"mdat";
        if size < 8 {
            break;
        }
        place = place.saturating_add(size);
        if place > length {
            // What follows the film may be anything; only parts of the film itself are missed.
            return Ok([b"moov", b"mdat", b"moof"].contains(&&kind));
        }
    }
    Ok(data && !index)
}

/// RFC 8794 and 9559: the header's element, then the segment with its length, of which all ones mean that it is not known.
fn segment_cut_off(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(4))?;
    let Some(header) = read_length(file)? else { return Ok(false) };
    let place = file.stream_position()?.saturating_add(header);
    if place.saturating_add(12) > length {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(place))?;
    let mut id = [0; 4];
    file.read_exact(&mut id)?;
    if id != [0x18, 0x53, 0x80, 0x67] {
        return Ok(false);
    }
    let Some(segment) = read_length(file)? else { return Ok(false) };
    Ok(file.stream_position()?.saturating_add(segment) > length)
}

/// A length of EBML: as many bytes as the first has leading zeros, and one more. `None` for one that is not known.
fn read_length(file: &mut impl Read) -> io::Result<Option<u64>> {
    let mut first = [0];
    file.read_exact(&mut first)?;
    let [first] = first;
    let more = first.leading_zeros();
    if more > 7 {
        return Ok(None);
    }
    let mut value = u64::from(first) & ((1_u64 << (7 - more)) - 1);
    for _ in 0..more {
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        value = (value << 8) | u64::from(byte[0]);
    }
    Ok((value != (1_u64 << (7 * (more + 1))) - 1).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn block(kind: &[u8; 4], length: usize) -> Vec<u8> {
        let size = u32::try_from(length + 8).unwrap_or(0).to_be_bytes();
        [size.as_slice(), kind, &vec![0; length]].concat()
    }

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        let brand = |brand: &[u8; 4]| [b"\0\0\0\x14ftyp".as_slice(), brand, b"\0\0\0\0"].concat();
        assert_eq!(Container::of(&brand(b"isom")), Some(Container::Mp4));
        assert_eq!(Container::of(&brand(b"qt  ")), Some(Container::Mov));
        assert_eq!(Container::of(&brand(b"3gp4")), Some(Container::ThreeGp));
        assert_eq!(Container::of(&brand(b"heic")), None);
        assert_eq!(Container::of(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"), Some(Container::WebM));
        assert_eq!(Container::of(b"RIFF\0\0\0\0AVI LIST"), Some(Container::Avi));
        assert_eq!(Container::of(b"RIFF\0\0\0\0WEBPVP8 "), None);
        let mut stream = vec![0; 400];
        for place in [0, 188, 376] {
            stream[place] = b'G';
        }
        assert_eq!(Container::of(&stream), Some(Container::MpegTs));
        stream[376] = 0;
        assert_eq!(Container::of(&stream), None, "two bytes may be so by chance");
        let mut gif = vec![b'G'; 1000];
        gif[..6].copy_from_slice(b"GIF89a");
        assert_eq!(Container::of(&gif), None);
        let mut timed = vec![0; 1000];
        for place in [4, 196, 388, 580, 772] {
            timed[place] = b'G';
        }
        assert_eq!(Container::of(&timed), Some(Container::MpegTs));
        for other in [b"#EXTM3U\n#EXT-X".as_slice(), b"", b"G", b"\xff\xd8\xff\xe0", b"ffconcat version 1.0"] {
            assert_eq!(Container::of(other), None);
        }
    }

    #[test]
    fn an_mp4_without_its_end_or_without_its_index_is_cut_off() -> io::Result<()> {
        let [kind, index, data] = [block(b"ftyp", 8), block(b"moov", 50), block(b"mdat", 100)];
        let is_cut_off = |bytes: &[u8]| Container::Mp4.is_cut_off(&mut Cursor::new(bytes));
        let whole = [kind.clone(), index.clone(), data.clone()].concat();
        assert!(!is_cut_off(&whole)?);
        assert!(is_cut_off(&whole[..whole.len() - 1])?);
        assert!(is_cut_off(&[kind.clone(), data.clone()].concat())?, "the index was to come last");
        assert!(!is_cut_off(&[kind, data, index, vec![0xee; 30]].concat())?, "something strange after the film");
        Ok(())
    }

    #[test]
    fn a_matroska_file_is_cut_off_where_its_segment_is_longer_than_it() -> io::Result<()> {
        let header = b"\x1a\x45\xdf\xa3\x83\x42\x86\x81".as_slice();
        let segment = |length: &[u8]| [header, b"\x18\x53\x80\x67", length, &[0; 40]].concat();
        let is_cut_off = |bytes: Vec<u8>| Container::Matroska.is_cut_off(&mut Cursor::new(bytes));
        assert!(!is_cut_off(segment(b"\x40\x28"))?);
        assert!(is_cut_off(segment(b"\x40\x29"))?);
        assert!(!is_cut_off(segment(b"\x01\xff\xff\xff\xff\xff\xff\xff"))?, "a recording does not know its length");
        assert!(is_cut_off(header.to_vec())?);
        Ok(())
    }
}
