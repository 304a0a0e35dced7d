//! A layout of points in the plane by their neighbours: UMAP (McInnes, Healy and Melville, 2018) with the curve 1 / (1 + d²). Imports nothing.
//!
//! Numbers are drawn from a generator of a fixed start, so that the same neighbours give the same layout.

/// Points that push a point away for each one that pulls at it.
const PUSHES: usize = 5;
/// No step is longer along an axis.
const LONGEST_STEP: f32 = 4.0;
/// The start spans this much.
const START_SPAN: f32 = 10.0;
/// Passes over the pulls; fewer for many points.
const PASSES: usize = 400;
const PASSES_OF_MANY: usize = 200;
const MANY: usize = 1000;

/// Two points that pull at each other, the more the greater `weight` is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pull {
    a: usize,
    b: usize,
    weight: f32,
}

/// Points and what moves them.
pub(super) struct Layout {
    points: Vec<[f32; 2]>,
    pulls: Vec<Pull>,
    state: u64,
}

impl Layout {
    /// For each point its nearest others with their cosines, by descending cosine, and where it starts.
    pub(super) fn new(neighbours: &[Vec<(usize, f32)>], start: &[[f32; 2]]) -> Self {
        let mut layout = Self { points: Vec::new(), pulls: pulls(neighbours), state: 0x9e37_79b9_7f4a_7c15 };
        let span = start.iter().flatten().fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = if span > 1e-9 { START_SPAN / span } else { 0.0 };
        // Points that start at one place would stay together.
        let moved = start.iter().map(|point| point.map(|value| value * scale + layout.random() * 0.01)).collect();
        layout.points = moved;
        layout
    }

    /// Moves the points, and fits them into the square from 0 to 1 without distorting them.
    pub(super) fn run(mut self) -> Vec<[f64; 2]> {
        let passes = if self.points.len() > MANY { PASSES_OF_MANY } else { PASSES };
        let strongest = self.pulls.iter().fold(0.0_f32, |most, pull| most.max(pull.weight));
        let pulls = std::mem::take(&mut self.pulls);
        // A pull acts in a share of the passes that is its weight's.
        let mut owed = vec![0.0_f32; pulls.len()];
        for pass in 0..passes {
            #[expect(clippy::cast_precision_loss, reason = "few passes")]
            let step = 1.0 - pass as f32 / passes as f32;
            for (pull, owed) in pulls.iter().zip(&mut owed) {
                *owed += pull.weight / strongest;
                if *owed >= 1.0 {
                    *owed -= 1.0;
                    self.act(*pull, step);
                }
            }
        }
        self.fitted()
    }

    fn act(&mut self, pull: Pull, step: f32) {
        let (Some(a), Some(b)) = (self.points.get(pull.a).copied(), self.points.get(pull.b).copied()) else { return };
        let force = -2.0 / (1.0 + squared(a, b));
        self.shift(pull.a, b, force, step);
        self.shift(pull.b, a, force, step);
        for _ in 0..PUSHES {
            let other = self.draw();
            if let (Some(from), Some(point)) = (self.points.get(other).copied(), self.points.get(pull.a).copied())
                && other != pull.a
            {
                let distance = squared(point, from);
                self.shift(pull.a, from, 2.0 / ((0.001 + distance) * (1.0 + distance)), step);
            }
        }
    }

    /// Moves a point away from a place by a force; towards it where the force is below 0.
    fn shift(&mut self, point: usize, from: [f32; 2], force: f32, step: f32) {
        if let Some(point) = self.points.get_mut(point) {
            for (value, from) in point.iter_mut().zip(from) {
                *value += step * (force * (*value - from)).clamp(-LONGEST_STEP, LONGEST_STEP);
            }
        }
    }

    fn fitted(&self) -> Vec<[f64; 2]> {
        let range = |axis: fn(&[f32; 2]) -> f32| {
            let low = self.points.iter().map(axis).fold(f32::INFINITY, f32::min);
            let high = self.points.iter().map(axis).fold(f32::NEG_INFINITY, f32::max);
            (f64::from(low), f64::from(high))
        };
        let (x, y) = (range(|point| point[0]), range(|point| point[1]));
        let span = (x.1 - x.0).max(y.1 - y.0);
        let place = |value: f32, (low, high): (f64, f64)| {
            if span < 1e-9 {
                return 0.5;
            }
            // Four decimals are finer than any screen.
            let share = 0.5 + (f64::from(value) - f64::midpoint(low, high)) / span;
            (share.clamp(0.0, 1.0) * 1e4).round() / 1e4
        };
        self.points.iter().map(|[a, b]| [place(*a, x), place(*b, y)]).collect()
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From -1 to 1.
    fn random(&mut self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
        let share = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
        share * 2.0 - 1.0
    }

    /// The number of any point.
    fn draw(&mut self) -> usize {
        let count = self.points.len().max(1) as u64;
        usize::try_from(self.next() % count).unwrap_or(0)
    }
}

fn squared(a: [f32; 2], b: [f32; 2]) -> f32 {
    let [x, y] = [a[0] - b[0], a[1] - b[1]];
    x * x + y * y
}

/// The pulls between points: of each point at its neighbours, made symmetric as the probability that either pulls.
fn pulls(neighbours: &[Vec<(usize, f32)>]) -> Vec<Pull> {
    let mut directed: Vec<(usize, usize, f32)> = Vec::new();
    for (point, near) in neighbours.iter().enumerate() {
        for ((other, _), weight) in near.iter().zip(weights(near)) {
            directed.push((point.min(*other), point.max(*other), weight));
        }
    }
    directed.sort_by_key(|(a, b, _)| (*a, *b));
    let mut pulls: Vec<Pull> = Vec::new();
    for (a, b, weight) in directed {
        match pulls.last_mut() {
            Some(last) if (last.a, last.b) == (a, b) => last.weight += weight - last.weight * weight,
            _ => pulls.push(Pull { a, b, weight }),
        }
    }
    pulls
}

/// How much each neighbour pulls: 1 for the nearest, falling off so that the sum is the logarithm of how many there are.
fn weights(near: &[(usize, f32)]) -> Vec<f32> {
    const ROUNDS: usize = 40;
    let distances: Vec<f32> = near.iter().map(|(_, cosine)| 1.0 - cosine).collect();
    let nearest = distances.iter().copied().fold(f32::INFINITY, f32::min);
    #[expect(clippy::cast_precision_loss, reason = "few neighbours")]
    let wanted = (near.len() as f32).log2().max(1.0);
    let weight = |distance: f32, width: f32| (-(distance - nearest).max(0.0) / width).exp();
    let (mut low, mut high) = (1e-6_f32, 4.0_f32);
    for _ in 0..ROUNDS {
        let middle = f32::midpoint(low, high);
        let sum: f32 = distances.iter().map(|distance| weight(*distance, middle)).sum();
        if sum > wanted {
            high = middle;
        } else {
            low = middle;
        }
    }
    distances.iter().map(|distance| weight(*distance, high)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pulls_most_and_the_sum_is_the_logarithm() {
        let near: Vec<(usize, f32)> = [0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1].into_iter().enumerate().collect();
        let weights = weights(&near);
        assert!((weights[0] - 1.0).abs() < 1e-6 && weights.windows(2).all(|pair| pair[0] > pair[1]));
        assert!((weights.iter().sum::<f32>() - 3.0).abs() < 1e-3);
    }

    #[test]
    fn pulls_are_symmetric_and_there_once() {
        let neighbours = vec![vec![(1, 0.9)], vec![(0, 0.9), (2, 0.5)], vec![(1, 0.5)]];
        let pulls = pulls(&neighbours);
        let pairs: Vec<(usize, usize)> = pulls.iter().map(|pull| (pull.a, pull.b)).collect();
        assert_eq!(pairs, [(0, 1), (1, 2)]);
        assert!(pulls.iter().all(|pull| pull.weight > 0.0 && pull.weight <= 1.0));
    }
}
