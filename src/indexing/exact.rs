//! Numbers, boxes and pictures in JSON, bit for bit: for `#[serde(with = ...)]`. JSON's decimal digits may come back as a
//! neighbour. Imports `library`, `core`.

use crate::core::{Embedding, Rect};
use crate::library::TrackPoint;

use super::base64;

/// The bytes of a track's points: time (f64), box (four f32), each.
pub(super) fn point_bytes(points: &[TrackPoint]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * 24);
    for TrackPoint { timestamp_s, box_px } in points {
        bytes.extend(timestamp_s.to_le_bytes());
        bytes.extend([box_px.x, box_px.y, box_px.w, box_px.h].into_iter().flat_map(f32::to_le_bytes));
    }
    bytes
}

/// The points of [`point_bytes`]; `None` where they are cut off.
pub(super) fn points_of(bytes: &[u8]) -> Option<Vec<TrackPoint>> {
    let (points, left_over) = bytes.as_chunks::<24>();
    let point = |bytes: &[u8; 24]| {
        let (time, corners) = bytes.split_at_checked(8)?;
        let numbers: Vec<f32> = corners.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        Some(TrackPoint { timestamp_s: f64::from_le_bytes(time.try_into().ok()?), box_px: rect_of(&numbers)? })
    };
    left_over.is_empty().then(|| points.iter().map(point).collect()).flatten()
}

fn rect_of(numbers: &[f32]) -> Option<Rect> {
    let [x, y, w, h] = <[f32; 4]>::try_from(numbers).ok()?;
    Some(Rect::new(x, y, w, h))
}

macro_rules! adapter {
    ($(#[$doc:meta])* $name:ident, $value:ty, $stored:ty, $store:expr, $restore:expr) => {
        $(#[$doc])*
        pub(super) mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

            pub(in crate::indexing) fn serialize<S: Serializer>(value: &$value, to: S) -> Result<S::Ok, S::Error> {
                let store: fn(&$value) -> $stored = $store;
                store(value).serialize(to)
            }

            pub(in crate::indexing) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<$value, D::Error> {
                let restore: fn($stored) -> Option<$value> = $restore;
                let damaged = concat!("what stands for ", stringify!($name), " is damaged");
                restore(<$stored>::deserialize(from)?).ok_or_else(|| de::Error::custom(damaged))
            }
        }
    };
}

adapter!(
    /// A time in seconds.
    seconds, f64, u64, |value| value.to_bits(), |bits| Some(f64::from_bits(bits))
);
adapter!(
    /// A time that may not be known.
    optional_seconds, Option<f64>, Option<u64>, |value| value.map(f64::to_bits), |bits| Some(bits.map(f64::from_bits))
);
adapter!(
    /// A number.
    number, f32, u32, |value| value.to_bits(), |bits| Some(f32::from_bits(bits))
);
adapter!(
    /// Numbers.
    numbers, Vec<f32>, String, |values| super::base64::encode(values), |text| super::base64::decode(&text)
);
adapter!(
    /// A box.
    rect, super::Rect, String, |b| super::base64::encode(&[b.x, b.y, b.w, b.h]), |text| super::rect_of(&super::base64::decode(&text)?)
);
adapter!(
    /// The bytes of a picture.
    bytes, Vec<u8>, String, |bytes| super::base64::encode_bytes(bytes), |text| super::base64::decode_bytes(&text)
);
adapter!(
    /// The points of a track.
    points, Vec<super::TrackPoint>, String,
    |points| super::base64::encode_bytes(&super::point_bytes(points)), |text| super::points_of(&super::base64::decode_bytes(&text)?)
);
adapter!(
    /// An embedding.
    embedding, super::Embedding, String,
    |embedding| super::base64::encode(embedding.as_slice()), |text| super::Embedding::of_unit(super::base64::decode(&text)?)
);
