//! Tells a cut-off JPEG, and one of a kind that is not read, from others. The decoder fills what is missing with grey and calls the other damaged.
//!
//! Walks the markers of ITU T.81 Annex B: segments by their length, entropy-coded data by looking for the next marker.

/// What the markers of a JPEG's first image say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct JpegMarkers {
    /// There is an end marker (EOI).
    pub is_whole: bool,
    /// Its frame is lossless, differential, arithmetic-coded or not of eight bits a colour.
    pub is_unusual: bool,
}

impl JpegMarkers {
    /// Looks from marker to marker up to the end.
    pub(super) fn read(jpeg: &[u8]) -> Self {
        let mut seen = Self::default();
        let mut rest = jpeg.get(2..).unwrap_or(&[]);
        while let Some((code, after)) = next_marker(rest) {
            rest = after;
            match code {
                0xD9 => return Self { is_whole: true, ..seen },
                // Restart markers and TEM stand alone.
                0x01 | 0xD0..=0xD8 => {}
                _ => {
                    let Some([high, low]) = rest.first_chunk::<2>() else { return seen };
                    // The frames: baseline, extended and progressive ones have the first three codes; tables have two codes between them.
                    if matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xCC) {
                        seen.is_unusual |= code > 0xC2 || rest.get(2) != Some(&8);
                    }
                    let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
                    let Some(next) = rest.get(length..) else { return seen };
                    rest = next;
                }
            }
        }
        seen
    }
}

/// The code of the next marker, and what follows it.
///
/// A marker is 0xFF, any number of fill bytes 0xFF, then a code that is neither 0x00 (a stuffed byte of the data) nor 0xFF. Looking for
/// the next one skips entropy-coded data as well as stray bytes between segments.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at = bytes.windows(2).position(|w| matches!(w, [0xFF, code] if *code != 0x00 && *code != 0xFF))?;
    let (code, after) = bytes.get(at + 1..)?.split_first()?;
    Some((*code, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::Photo;

    #[test]
    fn a_jpeg_is_whole_and_every_cut_of_it_is_not() {
        let jpeg = Photo::black(40, 30).to_jpeg(80).unwrap();
        assert_eq!(JpegMarkers::read(&jpeg), JpegMarkers { is_whole: true, is_unusual: false });
        assert!((0..jpeg.len()).all(|n| !JpegMarkers::read(&jpeg[..n]).is_whole));
    }

    #[test]
    fn frames_that_are_not_read_are_known() {
        let jpeg = Photo::black(40, 30).to_jpeg(80).unwrap();
        let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        let with = |at: usize, value| {
            let mut changed = jpeg.clone();
            changed[frame + at] = value;
            JpegMarkers::read(&changed).is_unusual
        };
        assert!(with(4, 12), "twelve bits");
        assert!(with(1, 0xC3) && with(1, 0xC9), "lossless, arithmetic");
        assert!(!with(1, 0xC1) && !with(1, 0xC2) && !with(1, 0xC4) && !with(1, 0xCC), "extended, progressive, tables");
    }
}
