//! The film: shots of photos that are panned and zoomed, drawn frame by frame, and where each person's face is at any time. Pixels of a 640 x 360 canvas,
//! origin top left; seconds from the film's beginning. Motion is linear in time, and no transcendental function is used, so the pixels are the same everywhere.

use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use super::Made;

pub const WIDTH: u32 = 640;
pub const HEIGHT: u32 = 360;
pub const FPS: u32 = 25;
/// Stands in the truth; films with another number are made again.
const VERSION: u32 = 1;
/// Drawn where no photo is.
const BACKDROP: Rgb<u8> = Rgb([58, 62, 66]);
/// Boxes in the truth are this far apart: every fifth frame.
const BOX_STEP: u32 = 5;

/// A photo of the sample gallery, and the face in it: `[x, y, width, height]` in the photo's pixels, by the reference detector, checked by eye.
struct Portrait {
    file: &'static str,
    person: Option<&'static str>,
    face: [f64; 4],
}

const OBAMA_1: Portrait =
    Portrait { file: "barack_obama_1.jpg", person: Some("Barack Obama"), face: [326.0, 79.1, 211.4, 289.1] };
const OBAMA_2: Portrait =
    Portrait { file: "barack_obama_2.jpg", person: Some("Barack Obama"), face: [168.4, 190.7, 230.2, 337.5] };
const COLLINS: Portrait =
    Portrait { file: "eileen_collins.jpg", person: Some("Eileen Collins"), face: [178.9, 64.9, 90.7, 108.9] };
const BIDEN: Portrait =
    Portrait { file: "joe_biden.jpg", person: Some("Joe Biden"), face: [188.8, 79.5, 136.2, 182.7] };
const ROCKET: Portrait = Portrait { file: "rocket.jpg", person: None, face: [0.0; 4] };
const CAT: Portrait = Portrait { file: "chelsea_cat.jpg", person: None, face: [0.0; 4] };

/// Each person of the film with a photo to search for, by its path in the samples; it is none of the photos that the film is made of.
const PEOPLE: [(&str, &str); 3] = [
    ("Barack Obama", "samples/queries/barack_obama.jpg"),
    ("Eileen Collins", "samples/queries/eileen_collins_rendition.jpg"),
    ("Joe Biden", "samples/queries/joe_biden_rendition.jpg"),
];

/// Where a photo lies on the canvas: canvas = photo * scale + (x, y).
#[derive(Clone, Copy)]
struct Place {
    scale: f64,
    x: f64,
    y: f64,
}

/// A photo in a part of the canvas, moving from one place to another.
struct Layer {
    portrait: Portrait,
    /// The part of the canvas that it is drawn in, as columns from and to.
    columns: (u32, u32),
    from: Place,
    to: Place,
}

/// Frames without a cut between them.
struct Shot {
    frames: u32,
    /// Whether it goes on where the shot before ended, without a cut.
    joined: bool,
    layers: &'static [Layer],
}

const ALL: (u32, u32) = (0, WIDTH);
const LEFT: (u32, u32) = (0, WIDTH / 2);
const RIGHT: (u32, u32) = (WIDTH / 2, WIDTH);

const fn at(scale: f64, x: f64, y: f64) -> Place {
    Place { scale, x, y }
}

/// 20 seconds: a pan, a scene without faces, two persons side by side, a zoom out, a cat, two persons of whom one stays over the cut, a whip pan off him.
const SHOTS: [Shot; 9] = [
    Shot {
        frames: 100,
        joined: false,
        layers: &[Layer { portrait: OBAMA_1, columns: ALL, from: at(1.0, 0.0, -30.0), to: at(1.0, -160.0, -30.0) }],
    },
    Shot {
        frames: 75,
        joined: false,
        layers: &[Layer { portrait: ROCKET, columns: ALL, from: at(1.0, 0.0, -30.0), to: at(1.3, -96.0, -90.0) }],
    },
    Shot {
        frames: 100,
        joined: false,
        layers: &[
            Layer { portrait: COLLINS, columns: LEFT, from: at(1.0, -60.0, -5.0), to: at(1.3, -130.0, -20.0) },
            Layer { portrait: BIDEN, columns: RIGHT, from: at(0.8, 310.0, -20.0), to: at(0.8, 298.0, -40.0) },
        ],
    },
    Shot {
        frames: 75,
        joined: false,
        layers: &[Layer { portrait: OBAMA_2, columns: ALL, from: at(0.85, 98.0, -110.0), to: at(0.36, 226.0, 0.0) }],
    },
    Shot {
        frames: 50,
        joined: false,
        layers: &[Layer { portrait: CAT, columns: ALL, from: at(1.5, 0.0, -60.0), to: at(1.5, -36.0, -60.0) }],
    },
    Shot {
        frames: 50,
        joined: false,
        layers: &[
            Layer { portrait: OBAMA_1, columns: LEFT, from: at(0.6, -80.0, 0.0), to: at(0.6, -100.0, 0.0) },
            Layer { portrait: BIDEN, columns: RIGHT, from: at(0.75, 314.0, -10.0), to: at(0.75, 312.0, -30.0) },
        ],
    },
    Shot {
        frames: 38,
        joined: false,
        layers: &[Layer { portrait: BIDEN, columns: ALL, from: at(1.46, 0.0, -60.0), to: at(1.46, -2.0, -80.0) }],
    },
    Shot {
        frames: 6,
        joined: true,
        layers: &[Layer { portrait: BIDEN, columns: ALL, from: at(1.46, -2.0, -80.0), to: at(1.46, -700.0, -80.0) }],
    },
    Shot { frames: 6, joined: true, layers: &[] },
];

/// A photo and its halves, quarters and so on, so that each is drawn from one that is at most twice as large.
struct Pyramid(Vec<RgbImage>);

impl Pyramid {
    fn open(path: &Path) -> Made<Self> {
        let mut levels = vec![image::open(path).map_err(|e| format!("{}: {e}", path.display()))?.into_rgb8()];
        while let Some(last) = levels.last()
            && last.width().min(last.height()) >= 64
        {
            let half = image::imageops::thumbnail(last, last.width() / 2, last.height() / 2);
            levels.push(half);
        }
        Ok(Self(levels))
    }

    /// Draws the photo at a place, in some columns of the canvas.
    fn draw(&self, canvas: &mut RgbImage, columns: (u32, u32), place: Place) {
        let (mut level, mut scale) = (0, place.scale);
        while scale <= 0.5 && level + 1 < self.0.len() {
            (level, scale) = (level + 1, scale * 2.0);
        }
        let Some((photo, full)) = self.0.get(level).zip(self.0.first()) else { return };
        // Odd sides lose a pixel when they are halved.
        let step_x = f64::from(photo.width()) / f64::from(full.width()) / place.scale;
        let step_y = f64::from(photo.height()) / f64::from(full.height()) / place.scale;
        for y in 0..canvas.height() {
            let v = (f64::from(y) + 0.5 - place.y) * step_y - 0.5;
            for x in columns.0..columns.1 {
                let u = (f64::from(x) + 0.5 - place.x) * step_x - 0.5;
                if let Some(pixel) = bilinear(photo, u, v) {
                    canvas.put_pixel(x, y, pixel);
                }
            }
        }
    }
}

/// The colour between the centres of four pixels; `None` outside the photo.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions were checked against the photo's sides"
)]
fn bilinear(photo: &RgbImage, u: f64, v: f64) -> Option<Rgb<u8>> {
    let (width, height) = photo.dimensions();
    if u < -0.5 || v < -0.5 || u >= f64::from(width) - 0.5 || v >= f64::from(height) - 0.5 {
        return None;
    }
    let (u, v) = (u.max(0.0), v.max(0.0));
    let (x, y) = (u as u32, v as u32);
    let (fx, fy) = (u - f64::from(x), v - f64::from(y));
    let (right, below) = ((x + 1).min(width - 1), (y + 1).min(height - 1));
    let corners = [(x, y), (right, y), (x, below), (right, below)].map(|(x, y)| photo.get_pixel(x, y).0);
    let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
    let mut sum = [0.5; 3];
    for (colour, weight) in corners.iter().zip(weights) {
        for (total, value) in sum.iter_mut().zip(colour) {
            *total += f64::from(*value) * weight;
        }
    }
    Some(Rgb(sum.map(|value| value as u8)))
}

fn between(from: Place, to: Place, part: f64) -> Place {
    let mix = |a: f64, b: f64| a + (b - a) * part;
    at(mix(from.scale, to.scale), mix(from.x, to.x), mix(from.y, to.y))
}

/// All frames, in order; the same photos give the same bytes.
pub fn film(photos: &Path) -> Made<Vec<RgbImage>> {
    let mut frames = Vec::new();
    for shot in &SHOTS {
        let opened: Vec<Pyramid> =
            shot.layers.iter().map(|layer| Pyramid::open(&photos.join(layer.portrait.file))).collect::<Made<_>>()?;
        for number in 0..shot.frames {
            let mut canvas = RgbImage::from_pixel(WIDTH, HEIGHT, BACKDROP);
            for (layer, pyramid) in shot.layers.iter().zip(&opened) {
                let part = f64::from(number) / f64::from(shot.frames);
                pyramid.draw(&mut canvas, layer.columns, between(layer.from, layer.to, part));
            }
            frames.push(canvas);
        }
    }
    Ok(frames)
}

/// One frame of any size with one face in it, and the face's box: Eileen Collins in the middle, `zoom` times as large as in her photo.
pub fn portrait(photos: &Path, width: u32, height: u32, zoom: f64) -> Made<(RgbImage, [f64; 4])> {
    let [x, y, w, h] = COLLINS.face;
    let (left, top) = (f64::from(width) / 2.0 - (x + w / 2.0) * zoom, f64::from(height) / 2.0 - (y + h / 2.0) * zoom);
    let mut canvas = RgbImage::from_pixel(width, height, BACKDROP);
    Pyramid::open(&photos.join(COLLINS.file))?.draw(&mut canvas, (0, width), at(zoom, left, top));
    Ok((canvas, placed(COLLINS.face, at(zoom, left, top))))
}

fn placed([x, y, w, h]: [f64; 4], place: Place) -> [f64; 4] {
    [x * place.scale + place.x, y * place.scale + place.y, w * place.scale, h * place.scale]
}

fn seconds(frame: u32) -> f64 {
    f64::from(frame) / f64::from(FPS)
}

/// Three decimals: a thousandth of a second or of a pixel.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Who is seen when and where: `{ width, height, duration, framesPerSecond, cuts, people: [{ person, query }], appearances: [{ person, start, end, boxes: [{ t, box }] }] }`.
/// An appearance begins and ends with its shot, or when the middle of the face leaves the canvas.
pub fn truth() -> Value {
    let mut appearances: Vec<(String, f64, f64, Vec<Value>)> = Vec::new();
    let (mut frame, mut cuts) = (0, Vec::new());
    for shot in &SHOTS {
        let (start, end) = (seconds(frame), seconds(frame + shot.frames));
        if !shot.joined && frame > 0 {
            cuts.push(rounded(start));
        }
        for layer in shot.layers {
            let Some(person) = layer.portrait.person else { continue };
            let boxes = boxes(layer, frame, shot.frames);
            let end = rounded(start + (end - start) * part_on_canvas(layer));
            let going_on = appearances.iter_mut().rev().find(|(other, ..)| shot.joined && other == person);
            if let Some((_, _, last, all)) = going_on {
                *last = end;
                all.extend(boxes);
            } else {
                appearances.push((person.to_owned(), rounded(start), end, boxes));
            }
        }
        frame += shot.frames;
    }
    let appearances: Vec<Value> = appearances
        .into_iter()
        .map(|(person, start, end, boxes)| json!({ "person": person, "start": start, "end": end, "boxes": boxes }))
        .collect();
    let people: Vec<Value> = PEOPLE.iter().map(|(person, query)| json!({ "person": person, "query": query })).collect();
    json!({
        "about": "seconds from the beginning; boxes [x, y, width, height] in upright pixels; faces move linearly from box to box",
        "width": WIDTH, "height": HEIGHT, "framesPerSecond": FPS, "duration": seconds(frame),
        "version": VERSION, "cuts": cuts, "people": people, "appearances": appearances,
    })
}

/// The face's box at the shot's beginning and at each fifth frame of the film, as long as its middle is on the canvas.
fn boxes(layer: &Layer, first: u32, frames: u32) -> Vec<Value> {
    let wanted = |number: &u32| *number == 0 || (first + number).is_multiple_of(BOX_STEP);
    let boxed = (0..frames).filter(wanted).filter_map(|number| {
        let part = f64::from(number) / f64::from(frames);
        let face = placed(layer.portrait.face, between(layer.from, layer.to, part));
        (face[0] + face[2] / 2.0 >= 0.0)
            .then(|| json!({ "t": rounded(seconds(first + number)), "box": face.map(rounded) }))
    });
    boxed.collect()
}

/// How much of the shot passes before the middle of the face leaves the canvas, which it does to the left or not at all.
fn part_on_canvas(layer: &Layer) -> f64 {
    let middle = |place: Place| {
        let [x, _, w, _] = placed(layer.portrait.face, place);
        x + w / 2.0
    };
    let (from, to) = (middle(layer.from), middle(layer.to));
    if to >= 0.0 { 1.0 } else { from / (from - to) }
}
