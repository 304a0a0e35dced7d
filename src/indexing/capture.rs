//! When a photo was taken, from its EXIF data (CIPA DC-008, tags 0x9003 `DateTimeOriginal` and 0x9011 `OffsetTimeOriginal`).
//! Imports nothing of the crate.

use std::io::Cursor;

use image::{ImageDecoder, ImageReader};

const TAG_EXIF_IFD: u16 = 0x8769;
const TAG_TIME: u16 = 0x9003;
const TAG_OFFSET: u16 = 0x9011;
/// Bytes of one directory entry: tag, type, count, value or offset.
const ENTRY_BYTES: usize = 12;

/// Milliseconds since 1970 (UTC) at which the photo was taken; `None` where its EXIF data do not say.
///
/// Cameras that write no time zone are taken to mean UTC: any other choice would depend on the machine that indexes.
#[must_use]
pub fn capture_time_ms(image_bytes: &[u8]) -> Option<i64> {
    let reader = ImageReader::new(Cursor::new(image_bytes)).with_guessed_format().ok()?;
    let exif = reader.into_decoder().ok()?.exif_metadata().ok()??;
    time_of_exif(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif))
}

/// A TIFF structure, as EXIF data are: offsets count from its first byte.
struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    fn u16(&self, at: usize) -> Option<u16> {
        let two: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }).ok()
    }

    /// Where the entry of `tag` stands in the directory at `directory`.
    fn entry(&self, directory: usize, tag: u16) -> Option<usize> {
        let count = usize::from(self.u16(directory)?);
        (0..count).map(|i| directory + 2 + i * ENTRY_BYTES).find(|&at| self.u16(at) == Some(tag))
    }

    /// The text of a tag of type ASCII; texts of these tags never fit into the entry itself.
    fn text(&self, directory: usize, tag: u16) -> Option<&'a str> {
        let entry = self.entry(directory, tag)?;
        let (length, start) = (self.u32(entry + 4)?, self.u32(entry + 8)?);
        std::str::from_utf8(self.bytes.get(start..start.checked_add(length)?)?).ok()
    }
}

fn time_of_exif(exif: &[u8]) -> Option<i64> {
    let tiff = Tiff { bytes: exif, big_endian: exif.starts_with(b"MM") };
    let root = tiff.u32(4)?;
    let directory = tiff.u32(tiff.entry(root, TAG_EXIF_IFD)? + 8)?;
    let local = parse_time(tiff.text(directory, TAG_TIME)?)?;
    let offset = tiff.text(directory, TAG_OFFSET).and_then(parse_offset).unwrap_or(0);
    Some((local - offset * 60) * 1000)
}

/// `YYYY:MM:DD hh:mm:ss` as seconds since 1970.
fn parse_time(text: &str) -> Option<i64> {
    let mut numbers = text.trim_end_matches(['\0', ' ']).split([':', ' ']).map(|part| part.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let plausible = (1826..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    plausible.then(|| days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// `+hh:mm` or `-hh:mm` as minutes east of UTC.
fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(['\0', ' ']);
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

/// Days from 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Little-endian EXIF data with the two tags.
    fn exif(time: &str, offset: &str) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        let entry = |tag: u16, kind: u16, count: usize, value: usize| {
            let numbers = [
                u32::from(tag) | u32::from(kind) << 16,
                u32::try_from(count).unwrap_or(0),
                u32::try_from(value).unwrap_or(0),
            ];
            numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>()
        };
        let root = entry(TAG_EXIF_IFD, 4, 1, 26);
        let tags = [entry(TAG_TIME, 2, time.len(), 56), entry(TAG_OFFSET, 2, offset.len(), 56 + time.len())].concat();
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(root);
        bytes.extend([0; 4]);
        bytes.extend(2_u16.to_le_bytes());
        bytes.extend(tags);
        bytes.extend([0; 4]);
        bytes.extend(time.as_bytes());
        bytes.extend(offset.as_bytes());
        bytes
    }

    #[test]
    fn the_time_of_a_camera_with_a_zone_becomes_utc() {
        let ms = time_of_exif(&exif("2023:08:27 18:12:38\0", "+02:00\0"));
        assert_eq!(ms, Some(1_693_152_758_000));
    }

    #[test]
    fn a_time_before_1970_is_negative() {
        assert_eq!(time_of_exif(&exif("1969:12:31 23:59:59\0", "")), Some(-1000));
    }

    #[test]
    fn blanks_and_cut_data_say_nothing() {
        let whole = exif("    :  :     :  :  \0", "+02:00\0");
        assert_eq!(time_of_exif(&whole), None);
        let good = exif("2023:08:27 18:12:38\0", "+02:00\0");
        assert!((0..56).all(|length| time_of_exif(&good[..length]).is_none()));
    }
}
