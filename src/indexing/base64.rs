//! Bytes and numbers as text: little-endian in base64 (RFC 4648), bit for bit. Imports nothing of the crate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The bytes as base64, padded.
pub(crate) fn encode_bytes(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of [`encode_bytes`]; `None` where the text is no base64.
pub(crate) fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The numbers as base64, padded.
pub(crate) fn encode(values: &[f32]) -> String {
    encode_bytes(&values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
}

/// The numbers of [`encode`]; `None` where the text is not of that kind.
pub(crate) fn decode(text: &str) -> Option<Vec<f32>> {
    let bytes = decode_bytes(text)?;
    let (values, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| values.iter().map(|four| f32::from_le_bytes(*four)).collect())
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
