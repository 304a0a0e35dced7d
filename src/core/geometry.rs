//! Points, boxes, landmarks and similarity transforms, in pixels; origin upper left, y down. Imports nothing.

/// A point in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

impl Point {
    /// A point at `(x, y)`.
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The distance to another point, in pixels.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point half way to another.
    #[must_use]
    pub fn middle(self, other: Self) -> Self {
        Self::new(f32::midpoint(self.x, other.x), f32::midpoint(self.y, other.y))
    }
}

/// An axis-parallel box: upper left corner, width and height. It may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Rect {
    /// A box from its upper left corner and size.
    #[must_use]
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// Width times height; 0 where either is negative.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.w.max(0.0) * self.h.max(0.0)
    }

    /// The centre.
    #[must_use]
    pub fn center(&self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// The area that both boxes cover.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// Intersection over union, 0 to 1.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let both = self.intersection(other);
        let either = self.area() + other.area() - both;
        if either > 0.0 { both / either } else { 0.0 }
    }
}

/// The five landmarks of a face, in this order: eye at the picture's left, eye at its right, nose, mouth corner at the left,
/// mouth corner at the right. (The person's own right eye comes first.)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Landmarks(pub [Point; 5]);

impl Landmarks {
    /// Every landmark passed through `f`.
    #[must_use]
    pub fn map(&self, f: impl FnMut(Point) -> Point) -> Self {
        Self(self.0.map(f))
    }
}

/// A similarity transform: rotation, uniform scale and shift, `x' = a x - b y + tx`, `y' = b x + a y + ty`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Scale times cosine of the angle.
    pub a: f64,
    /// Scale times sine of the angle.
    pub b: f64,
    /// Shift to the right.
    pub tx: f64,
    /// Shift down.
    pub ty: f64,
}

impl Similarity {
    /// Where `point` goes.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "pixels fit f32")]
    pub fn apply(&self, point: Point) -> Point {
        let (x, y) = (f64::from(point.x), f64::from(point.y));
        Point::new((self.a * x - self.b * y + self.tx) as f32, (self.b * x + self.a * y + self.ty) as f32)
    }

    /// The transform that undoes this one; `None` where the scale is zero.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let det = self.a * self.a + self.b * self.b;
        if det < 1e-18 || !det.is_finite() {
            return None;
        }
        let (a, b) = (self.a / det, -self.b / det);
        Some(Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) })
    }

    /// The least-squares similarity from `from` onto `to` (Umeyama 1991, in the plane, without reflection).
    ///
    /// `None` where the points of `from` coincide.
    #[must_use]
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        let n = from.len().min(to.len());
        if n < 2 {
            return None;
        }
        let mean = |points: &[Point]| {
            let (x, y) = points.iter().take(n).fold((0.0, 0.0), |s, p| (s.0 + f64::from(p.x), s.1 + f64::from(p.y)));
            #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
            (x / n as f64, y / n as f64)
        };
        let ((fx, fy), (tx, ty)) = (mean(from), mean(to));
        // In the plane the optimum has a closed form: treat the points as complex numbers, z' = (a + i b) z.
        let (mut dot, mut cross, mut variance) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
            let (qx, qy) = (f64::from(q.x) - tx, f64::from(q.y) - ty);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            variance += px * px + py * py;
        }
        if variance < 1e-12 || !variance.is_finite() {
            return None;
        }
        let (a, b) = (dot / variance, cross / variance);
        Some(Self { a, b, tx: tx - (a * fx - b * fy), ty: ty - (b * fx + a * fy) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_overlapping_boxes_have_an_iou_of_a_third() {
        let iou = Rect::new(0.0, 0.0, 2.0, 2.0).iou(&Rect::new(1.0, 0.0, 2.0, 2.0));
        assert!((iou - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn coinciding_points_have_no_similarity() {
        assert_eq!(Similarity::fit(&[Point::default(); 5], &[Point::default(); 5]), None);
    }

    proptest! {
        #[test]
        fn fitting_recovers_the_transform_and_the_inverse_undoes_it(
            a in -3.0_f64..3.0, b in 0.1_f64..3.0, tx in -99.0_f64..99.0, ty in -99.0_f64..99.0,
        ) {
            let truth = Similarity { a, b, tx, ty };
            let from = [(1.0, 2.0), (30.0, 4.0), (16.0, 20.0), (3.0, 33.0), (28.0, 31.0)].map(|(x, y)| Point::new(x, y));
            let to = from.map(|p| truth.apply(p));
            let fitted = Similarity::fit(&from, &to).ok_or_else(|| TestCaseError::fail("no fit"))?;
            prop_assert!((fitted.a - a).abs() < 1e-3 && (fitted.b - b).abs() < 1e-3);
            let back = fitted.inverse().ok_or_else(|| TestCaseError::fail("no inverse"))?;
            for (p, q) in from.iter().zip(to) {
                prop_assert!(back.apply(q).distance(*p) < 1e-2);
            }
        }
    }
}
