//! Compares what was found in a film with the truth: times within 0.3 s, boxes by intersection over union. Reads responses of SearchMediaClipByFace.

use std::error::Error;

use serde_json::Value;

/// What the judge's functions return.
type Made<T> = Result<T, Box<dyn Error>>;

/// How far a beginning or an end may be off, in seconds. Five frames a second are looked at, so 0.2 s is what cannot be known.
pub const SECONDS_OFF: f64 = 0.3;
/// What a box must have in common with the true one at least.
pub const OVERLAP: f64 = 0.6;
/// The share of moments, in tenths, for which the truth must have a box: a truth without boxes would prove nothing.
const COMPARED_TENTHS: usize = 6;
/// Appearances that are nearer to each other are one: the next shot shows the same person.
const TOUCHING_S: f64 = 0.35;

/// When somebody is seen, in seconds.
pub type Span = (f64, f64);

/// A member of an object, as an array.
fn list<'a>(value: &'a Value, name: &str) -> Made<&'a Vec<Value>> {
    value.get(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is no list in {value}").into())
}

fn number(value: &Value, name: &str) -> Made<f64> {
    value.get(name).and_then(Value::as_f64).ok_or_else(|| format!("{name} is no number in {value}").into())
}

fn text<'a>(value: &'a Value, name: &str) -> Made<&'a str> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is no text in {value}").into())
}

/// Each person of the truth, with the photo to search for.
pub fn people(truth: &Value) -> Made<Vec<(&str, &str)>> {
    list(truth, "people")?.iter().map(|person| Ok((text(person, "person")?, text(person, "query")?))).collect()
}

/// How many appearances the truth has.
pub fn appearances(truth: &Value) -> Made<usize> {
    Ok(list(truth, "appearances")?.len())
}

/// What is wrong with the clips that were found for one person, one sentence each; nothing when the person is found when and where they are seen, and
/// at no other time.
pub fn faults(truth: &Value, person: &str, clips: &[Value]) -> Made<Vec<String>> {
    let mut seen = Vec::new();
    let mut faults = Vec::new();
    let (mut points, mut compared) = (0, 0);
    for clip in clips {
        for occurrence in list(clip, "OccurrencesInfos")? {
            seen.push((number(occurrence, "StartTime")?, number(occurrence, "EndTime")?));
            points += list(occurrence, "TrackData")?.len();
            compared += misplaced(truth, person, occurrence, &mut faults)?;
        }
    }
    if compared * 10 < points * COMPARED_TENTHS {
        faults.push(format!("{person}: the truth has a box for {compared} of {points} moments only"));
    }
    let (wanted, found) = (joined(spans(truth, person)?), joined(seen));
    let is_near = |a: &Span, b: &Span| (a.0 - b.0).abs() <= SECONDS_OFF && (a.1 - b.1).abs() <= SECONDS_OFF;
    if wanted.len() != found.len() || !wanted.iter().zip(&found).all(|(a, b)| is_near(a, b)) {
        faults.push(format!("{person} is seen at {wanted:?}, and was found at {found:?}"));
    }
    Ok(faults)
}

fn spans(truth: &Value, person: &str) -> Made<Vec<Span>> {
    let of_person =
        list(truth, "appearances")?.iter().filter(|seen| seen.get("person").is_some_and(|name| name == person));
    of_person.map(|seen| Ok((number(seen, "start")?, number(seen, "end")?))).collect()
}

/// In the order of time, those that touch made one.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut all: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match all.last_mut() {
            Some(last) if start - last.1 <= TOUCHING_S => last.1 = last.1.max(end),
            _ => all.push((start, end)),
        }
    }
    all
}

/// Says which boxes of an occurrence are not where the face is, and answers how many were compared. Moments at which the truth knows no box, or
/// one that is partly outside, are left out.
fn misplaced(truth: &Value, person: &str, occurrence: &Value, faults: &mut Vec<String>) -> Made<usize> {
    let mut compared = 0;
    let points = list(occurrence, "TrackData")?;
    if points.is_empty() {
        faults.push(format!("{person}: an occurrence without boxes: {occurrence}"));
    }
    for point in points {
        let (time, place) = (number(point, "Timestamp")?, point.get("BoxPosition").ok_or("a point without a box")?);
        let found = [number(place, "X")?, number(place, "Y")?, number(place, "W")?, number(place, "H")?];
        let Some(wanted) = box_at(truth, person, time)? else { continue };
        compared += 1;
        if overlap(wanted, found) <= OVERLAP {
            faults.push(format!("{person} at {time} s is at {wanted:.0?}, and was found at {found:?}"));
        }
    }
    Ok(compared)
}

/// Where the truth has a person's face at a time: between the boxes before and after.
fn box_at(truth: &Value, person: &str, time: f64) -> Made<Option<[f64; 4]>> {
    for seen in list(truth, "appearances")?.iter().filter(|seen| seen.get("person").is_some_and(|name| name == person))
    {
        let boxes = list(seen, "boxes")?;
        for pair in boxes.windows(2) {
            let [before, after] = pair else { continue };
            let (from, to) = (number(before, "t")?, number(after, "t")?);
            if time >= from - 1e-6 && time < to - 1e-6 {
                let part = (time - from) / (to - from);
                let (a, b) = (corners(before)?, corners(after)?);
                let mut between = a;
                for (value, next) in between.iter_mut().zip(b) {
                    *value += (next - *value) * part;
                }
                let [left, _, width, _] = between;
                let inside = left >= 0.0 && left + width <= number(truth, "width")?;
                return Ok(inside.then_some(between));
            }
        }
    }
    Ok(None)
}

fn corners(at: &Value) -> Made<[f64; 4]> {
    let numbers: Vec<f64> = list(at, "box")?.iter().filter_map(Value::as_f64).collect();
    numbers.try_into().map_err(|_| format!("box is no four numbers in {at}").into())
}

/// Intersection over union of two boxes `[x, y, width, height]`.
fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let ([ax, ay, aw, ah], [bx, by, bw, bh]) = (a, b);
    let width = (ax + aw).min(bx + bw) - ax.max(bx);
    let height = (ay + ah).min(by + bh) - ay.max(by);
    let common = width.max(0.0) * height.max(0.0);
    common / (aw * ah + bw * bh - common)
}
