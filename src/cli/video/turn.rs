//! How a stored picture is turned before it is shown. Imports nothing of the crate.

/// One of the eight ways to put a picture: mirrored about its diagonal, then left to right, then top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turn {
    transposed: bool,
    flipped_x: bool,
    flipped_y: bool,
}

impl Turn {
    /// From the matrix of a video track (ISO 14496-12, 8.3.2), as ffprobe prints it: three lines of a label and three numbers.
    /// A turn that is no multiple of 90 degrees is taken for the nearest one that is.
    pub(super) fn of_matrix(text: &str) -> Self {
        let row = |line: &str| -> Vec<i64> {
            line.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).take(2).collect()
        };
        let rows: Vec<Vec<i64>> = text.lines().filter(|line| !line.trim().is_empty()).map(row).take(2).collect();
        let [first, second] = rows.as_slice() else { return Self::default() };
        // (x, y) is shown at (a x + c y, b x + d y).
        let ([a, b], [c, d]) = (first.as_slice(), second.as_slice()) else { return Self::default() };
        if a.abs().min(d.abs()) >= b.abs().max(c.abs()) {
            Self { transposed: false, flipped_x: *a < 0, flipped_y: *d < 0 }
        } else {
            Self { transposed: true, flipped_x: *c < 0, flipped_y: *b < 0 }
        }
    }

    /// Clockwise by a multiple of 90 degrees.
    pub(super) fn of_degrees(text: &str) -> Self {
        let degrees = text.parse::<i32>().unwrap_or(0).rem_euclid(360);
        match degrees {
            90 => Self { transposed: true, flipped_x: true, flipped_y: false },
            180 => Self { transposed: false, flipped_x: true, flipped_y: true },
            270 => Self { transposed: true, flipped_x: false, flipped_y: true },
            _ => Self::default(),
        }
    }

    /// A size after the turn.
    pub(super) const fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.transposed { (height, width) } else { (width, height) }
    }

    /// The filters of ffmpeg that turn a picture so, each with a comma before it.
    pub(super) const fn filters(self) -> &'static str {
        match (self.transposed, self.flipped_x, self.flipped_y) {
            (false, false, false) => "",
            (false, true, false) => ",hflip",
            (false, false, true) => ",vflip",
            (false, true, true) => ",hflip,vflip",
            (true, false, false) => ",transpose=cclock_flip",
            (true, true, false) => ",transpose=clock",
            (true, false, true) => ",transpose=cclock",
            (true, true, true) => ",transpose=clock_flip",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Turn {
        let row = |p: i32, q: i32| format!("0000: {} {} 0\n", p * 65536, q * 65536);
        Turn::of_matrix(&format!("\n{}{}0002: 0 0 1073741824\n", row(a, b), row(c, d)))
    }

    #[test]
    fn matrices_and_degrees_say_the_same() {
        assert_eq!(matrix(1, 0, 0, 1), Turn::of_degrees("0"));
        assert_eq!(matrix(0, 1, -1, 0), Turn::of_degrees("90"));
        assert_eq!(matrix(-1, 0, 0, -1), Turn::of_degrees("180"));
        assert_eq!(matrix(0, -1, 1, 0), Turn::of_degrees("-90"));
        assert_eq!(matrix(-1, 0, 0, 1).filters(), ",hflip");
        assert_eq!(Turn::of_matrix("no matrix"), Turn::default());
    }
}
