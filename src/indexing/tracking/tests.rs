//! Tracks of faces that were made up: persons are axes of the embeddings' space.

use super::*;
use crate::error::{Error, Result};

const OPTIONS: TrackerOptions = TrackerOptions { score_threshold: 0.6, gap_s: 1.0, doubt_s: 1.0 };
const STEP_S: f64 = 0.2;

/// The look of person number `person`, which changes a little with `k`.
fn look(person: usize, k: u16) -> Result<Embedding> {
    let mut values = vec![0.05; 6];
    values[person] = 1.0;
    values[5] = 0.2 + 0.05 * f32::from(k % 3);
    Embedding::new(values)
}

fn face(person: usize, k: u16, x: f32) -> Result<Sighting> {
    Ok(Sighting { box_px: Rect::new(x, 50.0, 60.0, 80.0), score: 0.9, embedding: look(person, k)? })
}

fn step(tracker: &mut Tracker, k: u16, faces: &[Sighting]) -> Step {
    tracker.step(f64::from(k) * STEP_S, false, faces, &OPTIONS)
}

#[test]
fn a_face_that_moves_keeps_its_track_and_another_person_gets_one_of_its_own() -> Result<()> {
    let mut tracker = Tracker::default();
    for k in 0..8 {
        let faces = [face(0, k, 20.0 + 30.0 * f32::from(k))?, face(1, k, 400.0)?];
        assert_eq!(step(&mut tracker, k, &faces), Step { tracks: vec![Some(0), Some(1)], closed: vec![] });
    }
    assert_eq!(tracker.close_all(), [0, 1]);
    Ok(())
}

#[test]
fn two_people_who_cross_keep_their_tracks() -> Result<()> {
    let mut tracker = Tracker::default();
    for k in 0..12 {
        let (left, right) = (20.0 + 20.0 * f32::from(k), 240.0 - 20.0 * f32::from(k));
        let faces = [face(0, k, left)?, face(1, k, right)?];
        assert_eq!(step(&mut tracker, k, &faces).tracks, [Some(0), Some(1)], "frame {k}");
    }
    Ok(())
}

#[test]
fn somebody_else_in_the_same_place_is_another_track() -> Result<()> {
    let mut tracker = Tracker::default();
    assert_eq!(step(&mut tracker, 0, &[face(0, 0, 100.0)?]).tracks, [Some(0)]);
    assert_eq!(step(&mut tracker, 1, &[face(1, 1, 100.0)?]).tracks, [Some(1)]);
    Ok(())
}

#[test]
fn a_short_gap_is_bridged_and_a_long_one_ends_the_track() -> Result<()> {
    let mut tracker = Tracker::default();
    step(&mut tracker, 0, &[face(0, 0, 100.0)?]);
    for k in 1..5 {
        assert_eq!(step(&mut tracker, k, &[]), Step::default());
    }
    assert_eq!(step(&mut tracker, 5, &[face(0, 5, 110.0)?]).tracks, [Some(0)]);
    for k in 6..=10 {
        assert_eq!(step(&mut tracker, k, &[]), Step::default());
    }
    let after = step(&mut tracker, 11, &[face(0, 11, 110.0)?]);
    assert_eq!(after, Step { tracks: vec![Some(1)], closed: vec![0] });
    Ok(())
}

#[test]
fn a_cut_ends_every_track_even_where_the_same_person_goes_on() -> Result<()> {
    let mut tracker = Tracker::default();
    step(&mut tracker, 0, &[face(0, 0, 100.0)?, face(1, 0, 300.0)?]);
    let closer = Sighting { box_px: Rect::new(80.0, 30.0, 110.0, 150.0), ..face(0, 1, 0.0)? };
    let after = tracker.step(STEP_S, true, &[closer], &OPTIONS);
    assert_eq!(after, Step { tracks: vec![Some(2)], closed: vec![0, 1] });
    Ok(())
}

#[test]
fn a_camera_that_is_swung_is_no_cut_for_a_face_that_stays_the_same() -> Result<()> {
    let mut tracker = Tracker::default();
    step(&mut tracker, 0, &[face(0, 0, 100.0)?]);
    let after = tracker.step(STEP_S, true, &[face(0, 0, 220.0)?], &OPTIONS);
    assert_eq!(after, Step { tracks: vec![Some(0)], closed: vec![] });
    Ok(())
}

#[test]
fn a_face_that_jumps_is_followed_only_if_it_looks_the_same() -> Result<()> {
    let mut tracker = Tracker::default();
    step(&mut tracker, 0, &[face(0, 0, 100.0)?]);
    assert_eq!(step(&mut tracker, 1, &[face(0, 1, 210.0)?]).tracks, [Some(0)]);
    // Neither beyond its reach, nor when it looks a little like somebody.
    assert_eq!(step(&mut tracker, 2, &[face(0, 2, 900.0)?]).tracks, [Some(1)]);
    let blurred = Embedding::new(vec![0.4, 0.0, 0.9, 0.0, 0.0, 0.0])?;
    let half = Sighting { embedding: blurred, ..face(0, 3, 1100.0)? };
    assert_eq!(step(&mut tracker, 3, &[half]).tracks, [Some(2)]);
    Ok(())
}

#[test]
fn a_weak_face_goes_on_with_a_track_but_begins_none() -> Result<()> {
    let mut tracker = Tracker::default();
    let weak = |person, x| Ok::<_, Error>(Sighting { score: 0.45, ..face(person, 0, x)? });
    assert_eq!(step(&mut tracker, 0, &[weak(0, 100.0)?]).tracks, [None]);
    assert_eq!(step(&mut tracker, 1, &[face(0, 1, 100.0)?]).tracks, [Some(0)]);
    assert_eq!(step(&mut tracker, 2, &[weak(0, 110.0)?, weak(1, 300.0)?]).tracks, [Some(0), None]);
    // A strong face comes first, though the weak one is nearer.
    assert_eq!(step(&mut tracker, 3, &[weak(0, 110.0)?, face(0, 3, 120.0)?]).tracks, [None, Some(0)]);
    Ok(())
}

#[test]
fn one_track_takes_one_face() -> Result<()> {
    let mut tracker = Tracker::default();
    step(&mut tracker, 0, &[face(0, 0, 100.0)?]);
    assert_eq!(step(&mut tracker, 1, &[face(0, 0, 130.0)?, face(0, 0, 104.0)?]).tracks, [Some(1), Some(0)]);
    Ok(())
}

#[test]
fn what_was_written_down_goes_on_as_if_nothing_had_happened() -> Result<(), Box<dyn std::error::Error>> {
    let mut tracker = Tracker::default();
    for k in 0..5 {
        step(&mut tracker, k, &[face(0, k, 20.0 + 17.3 * f32::from(k))?, face(1, k, 300.1)?]);
    }
    let back: Tracker = serde_json::from_slice(&serde_json::to_vec(&tracker)?)?;
    assert_eq!(back, tracker);
    Ok(())
}
