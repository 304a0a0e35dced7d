//! Where and when somebody is seen: nobody is in one photo twice, or at one moment of a film in two places. Imports `library` and
//! `core`. Times in seconds.

use std::collections::HashMap;

use crate::core::MediaId;
use crate::library::{FaceRecord, LibraryContents};

/// One media, and the time in it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    media: usize,
    start_s: f64,
    end_s: f64,
}

impl Span {
    fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        let by_start = || a.start_s.total_cmp(&b.start_s);
        a.media.cmp(&b.media).then_with(by_start).then_with(|| a.end_s.total_cmp(&b.end_s))
    }

    /// Whether it is over before another one begins. Ends are seen moments, so what only touches is not over.
    fn is_before(self, other: &Self) -> bool {
        self.media < other.media || (self.media == other.media && self.end_s < other.start_s)
    }
}

/// All places and times of one person.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::indexing) struct Presence(Vec<Span>);

impl Presence {
    /// In a photo, which is one moment.
    pub(in crate::indexing) fn in_photo(media: usize) -> Self {
        Self(vec![Span { media, start_s: 0.0, end_s: 0.0 }])
    }

    /// In a film for a time.
    pub(in crate::indexing) fn in_film(media: usize, start_s: f64, end_s: f64) -> Self {
        Self(vec![Span { media, start_s, end_s }])
    }

    /// Whether both are somewhere at once, so that they are two persons.
    pub(in crate::indexing) fn meets(&self, other: &Self) -> bool {
        let (few, many) = if self.0.len() <= other.0.len() { (&self.0, &other.0) } else { (&other.0, &self.0) };
        if let [span] = few.as_slice() {
            // Only spans of the same media can meet this one.
            let from = many.partition_point(|other| other.media < span.media);
            let of_media = many.iter().skip(from).take_while(|other| other.media == span.media);
            let mut of_media = of_media;
            return of_media.any(|other| !span.is_before(other) && !other.is_before(span));
        }
        let (mut ours, mut theirs) = (few.iter().peekable(), many.iter().peekable());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            if a.is_before(b) {
                ours.next();
            } else if b.is_before(a) {
                theirs.next();
            } else {
                return true;
            }
        }
        false
    }

    /// Both together.
    pub(in crate::indexing) fn join(&mut self, other: Self) {
        if let [span] = other.0.as_slice() {
            let place = self.0.partition_point(|earlier| Span::order(earlier, span).is_lt());
            self.0.insert(place, *span);
        } else {
            self.0.extend(other.0);
            self.0.sort_unstable_by(Span::order);
        }
    }
}

/// The media of a library, numbered by their ids.
pub(in crate::indexing) struct MediaPlaces<'a>(HashMap<&'a MediaId, usize>);

impl<'a> MediaPlaces<'a> {
    pub(in crate::indexing) fn of(contents: &'a LibraryContents) -> Self {
        let mut ids: Vec<&MediaId> = contents.media.iter().map(|media| &media.media_id).collect();
        ids.sort_unstable();
        Self(ids.into_iter().enumerate().map(|(place, id)| (id, place)).collect())
    }

    /// Where a face is seen.
    pub(in crate::indexing) fn presence(&self, face: &FaceRecord) -> Presence {
        // A face of a media that is not there is alone in it.
        let media = self.0.get(&face.media_id).copied().unwrap_or(usize::MAX);
        face.time.map_or(Presence::in_photo(media), |time| Presence::in_film(media, time.start_s, time.end_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_faces_of_one_photo_meet_and_of_two_do_not() {
        let mut both = Presence::in_photo(1);
        both.join(Presence::in_photo(4));
        assert!(both.meets(&Presence::in_photo(4)) && Presence::in_photo(1).meets(&both));
        assert!(!both.meets(&Presence::in_photo(2)));
        let mut others = Presence::in_photo(0);
        others.join(Presence::in_photo(5));
        assert!(!both.meets(&others));
        others.join(Presence::in_photo(1));
        assert!(both.meets(&others) && others.meets(&both));
    }

    #[test]
    fn tracks_of_one_film_meet_where_their_times_do() {
        let track = |start_s: f64, end_s: f64| Presence::in_film(0, start_s, end_s);
        let mut both = track(0.0, 9.0);
        both.join(track(2.0, 3.0));
        assert!(both.meets(&track(9.0, 12.0)), "both are seen at 9 s");
        assert!(!both.meets(&track(9.2, 12.0)));
        assert!(!both.meets(&Presence::in_film(1, 0.0, 9.0)));
        let mut others = track(9.2, 9.2);
        others.join(track(5.0, 6.0));
        assert!(both.meets(&others));
    }
}
