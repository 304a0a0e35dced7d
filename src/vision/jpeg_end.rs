//! Tells a cut-off JPEG from a whole one. The decoder fills what is missing with grey and says nothing.
//!
//! Walks the markers of ITU T.81 Annex B: segments by their length, entropy-coded data by looking for the next marker.

/// Whether the first image of this JPEG has its end marker (EOI).
pub(super) fn has_end_marker(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or(&[]);
    loop {
        // A marker is 0xFF, any number of fill bytes 0xFF, then a code that is neither 0x00 (a stuffed byte of the data)
        // nor 0xFF. Looking for the next one skips entropy-coded data as well as stray bytes between segments.
        let Some(at) = rest.windows(2).position(|w| matches!(w, [0xFF, code] if *code != 0x00 && *code != 0xFF)) else {
            return false;
        };
        let Some((code, after)) = rest.get(at + 1..).and_then(<[u8]>::split_first) else { return false };
        rest = after;
        match code {
            0xD9 => return true,
            // Restart markers and TEM stand alone.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let Some([high, low]) = rest.first_chunk::<2>() else { return false };
                let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
                let Some(next) = rest.get(length..) else { return false };
                rest = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::Photo;

    #[test]
    fn a_jpeg_is_whole_and_every_cut_of_it_is_not() {
        let jpeg = Photo::black(40, 30).to_jpeg(80).unwrap();
        assert!(has_end_marker(&jpeg));
        assert!((0..jpeg.len()).all(|n| !has_end_marker(&jpeg[..n])));
    }
}
