//! Numbers as text: little-endian f32 in base64 (RFC 4648), bit for bit. Imports nothing.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The numbers as base64, padded.
pub(super) fn encode(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            let digit = ALPHABET.get((group >> (18 - 6 * position) & 63) as usize).copied().unwrap_or(b'=');
            text.push(char::from(if position <= chunk.len() { digit } else { b'=' }));
        }
    }
    text
}

/// The numbers of [`encode`]; `None` where the text is not of that kind.
pub(super) fn decode(text: &str) -> Option<Vec<f32>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let digits = text.trim_end_matches('=');
    for chunk in digits.as_bytes().chunks(4) {
        let mut group = 0_u32;
        for position in 0..4 {
            group = group << 6 | chunk.get(position).map_or(Some(0), |digit| value_of(*digit))?;
        }
        let [_, a, b, c] = group.to_be_bytes();
        bytes.extend([a, b, c].iter().take(chunk.len().saturating_sub(1)));
    }
    let values = bytes.chunks_exact(4);
    values
        .remainder()
        .is_empty()
        .then(|| values.filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?))).collect())
}

fn value_of(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_is_written_as_rfc_4648_says() {
        assert_eq!(encode(&[1.0]), "AACAPw==");
        assert_eq!(decode("AACAPw=="), Some(vec![1.0]));
        assert_eq!(decode("AACA*w=="), None);
        assert_eq!(decode("AACA"), None);
    }

    proptest! {
        #[test]
        fn every_bit_comes_back(bits in proptest::collection::vec(any::<u32>(), 0..20)) {
            let values: Vec<f32> = bits.iter().map(|b| f32::from_bits(*b)).collect();
            let back = decode(&encode(&values)).ok_or_else(|| TestCaseError::fail("not decoded"))?;
            prop_assert_eq!(back.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), bits);
        }
    }
}
