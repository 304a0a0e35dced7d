//! The same pixels as the `image` crate's decoder, number by number: for photos, and for files of random numbers.

use image::ImageFormat;
use proptest::prelude::*;

use super::Headers;

/// Width, height and pixels; `None` where this decoder leaves a file to the other.
fn quick(jpeg: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let headers = Headers::read(jpeg)?;
    Some((headers.width, headers.height, headers.rgb()?))
}

fn by_image(jpeg: &[u8]) -> (u32, u32, Vec<u8>) {
    let rgb = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().into_rgb8();
    (rgb.width(), rgb.height(), rgb.into_raw())
}

#[test]
fn photos_are_the_same_to_the_last_bit() {
    let mut count = 0;
    for folder in ["tests/data/photos", "samples/queries"] {
        let Ok(folder) = std::fs::read_dir(folder) else { continue };
        for path in
            folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "jpg"))
        {
            let jpeg = std::fs::read(&path).unwrap();
            if let Some(found) = quick(&jpeg) {
                assert!(found == by_image(&jpeg), "{}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 5, "only {count} photos were read");
}

/// A file of random numbers.
#[derive(Debug, Clone)]
struct File {
    /// Width and height.
    size: [u16; 2],
    /// Blocks of brightness across and down in a group.
    sampling: [u8; 2],
    restart: u16,
    /// Two tables of steps.
    steps: [u8; 2],
    /// Which symbols have short codes.
    turn: usize,
    /// How large numbers of blocks are.
    bits: u32,
    seed: u64,
}

fn any_file() -> impl Strategy<Value = File> {
    let size = [33_u16..120, 1..50].prop_map(|size| size);
    let sampling = prop_oneof![Just([1_u8, 1_u8]), Just([2, 1]), Just([2, 2])];
    (size, sampling, 0_u16..6, [1_u8..9, 1..9], 0_usize..162, 0_u32..7, any::<u64>()).prop_map(
        |(size, sampling, restart, steps, turn, bits, seed)| File { size, sampling, restart, steps, turn, bits, seed },
    )
}

/// How many codes there are of each length: those of ITU T.81, tables K.3 and K.5.
const COUNTS: [[u8; 16]; 2] =
    [[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125]];

impl File {
    /// The symbols of first numbers or of the others, those with the shortest codes first.
    fn symbols(&self, table: usize) -> Vec<u8> {
        let mut symbols: Vec<u8> = match table {
            0 => (0..12).collect(),
            _ => [0x00, 0xF0]
                .into_iter()
                .chain((0..16).flat_map(|run| (1..11).map(move |size| run << 4 | size)))
                .collect(),
        };
        let turn = self.turn % symbols.len();
        symbols.rotate_left(turn);
        symbols
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        let mut segment = |marker: u8, data: &[u8]| {
            file.extend([0xFF, marker]);
            file.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
            file.extend(data);
        };
        segment(0xE1, b"Exif\0\0II*\0nothing");
        for (table, step) in (0_u8..).zip(self.steps) {
            segment(0xDB, &std::iter::once(table).chain((0..64).map(|at| step + at / 8)).collect::<Vec<_>>());
        }
        for (table, counts) in COUNTS.iter().enumerate() {
            let place = [u8::try_from(table).unwrap() << 4];
            segment(0xC4, &[&place, counts.as_slice(), &self.symbols(table)].concat());
        }
        let ([w0, w1], [h0, h1]) = (self.size[0].to_be_bytes(), self.size[1].to_be_bytes());
        let sampling = self.sampling[0] << 4 | self.sampling[1];
        segment(0xC0, &[8, h0, h1, w0, w1, 3, 1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1]);
        segment(0xDD, &self.restart.to_be_bytes());
        segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
        self.write_scan(&mut file);
        file.extend([0xFF, 0xD9]);
        file
    }

    fn write_scan(&self, file: &mut Vec<u8>) {
        let [across, down] = self.sampling.map(u16::from);
        let groups = self.size[0].div_ceil(8 * across) * self.size[1].div_ceil(8 * down);
        let mut writer = Writer { file, bits: Vec::new() };
        let mut random = self.seed;
        let mut last = [0_i32; 3];
        for group in 0..groups {
            if group > 0 && self.restart > 0 && group % self.restart == 0 {
                writer.flush();
                writer.file.extend([0xFF, 0xD0 + u8::try_from((group / self.restart - 1) % 8).unwrap()]);
                last = [0; 3];
            }
            for component in std::iter::repeat_n(0, usize::from(across * down)).chain([1, 2]) {
                self.write_block(&mut writer, &mut random, &mut last[component]);
            }
        }
        writer.flush();
    }

    fn write_block(&self, writer: &mut Writer, random: &mut u64, last: &mut i32) {
        let mut next = |below: u64| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i32::try_from((*random >> 33) % below).unwrap()
        };
        let first = next(128) - 64;
        self.write_number(writer, 0, 0, first - *last);
        *last = first;
        let mut at = 0;
        // As many steps of all lengths as fit, so that some blocks are full and some have a first number only.
        let most = next(80);
        for _ in 0..most {
            let run = if next(8) == 0 { next(40) } else { next(3) };
            if at + run >= 63 {
                break;
            }
            at += run + 1;
            for _ in 0..run / 16 {
                self.write_symbol(writer, 1, 0xF0);
            }
            let size = 1 << next(u64::from(self.bits) + 1);
            let number = 1 + next(size);
            self.write_number(writer, 1, u8::try_from(run % 16).unwrap(), if next(2) == 0 { number } else { -number });
        }
        if at < 63 {
            self.write_symbol(writer, 1, 0x00);
        }
    }

    fn write_number(&self, writer: &mut Writer, table: usize, run: u8, number: i32) {
        let size = 32 - number.unsigned_abs().leading_zeros();
        self.write_symbol(writer, table, run << 4 | u8::try_from(size).unwrap());
        let bits = if number < 0 { number + (1 << size) - 1 } else { number };
        writer.bits.extend((0..size).rev().map(|bit| bits >> bit & 1 == 1));
    }

    fn write_symbol(&self, writer: &mut Writer, table: usize, symbol: u8) {
        let place = self.symbols(table).iter().position(|s| *s == symbol).unwrap();
        let (mut code, mut before) = (0, 0);
        for (length, count) in (1..).zip(COUNTS[table].map(usize::from)) {
            if place < before + count {
                let code = code + place - before;
                writer.bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
                return;
            }
            before += count;
            code = (code + count) << 1;
        }
        panic!("no code for {symbol}");
    }
}

struct Writer<'a> {
    file: &'a mut Vec<u8>,
    bits: Vec<bool>,
}

impl Writer<'_> {
    /// Writes the bits, filled up with ones, with a zero after each 0xFF.
    fn flush(&mut self) {
        for eight in self.bits.chunks(8) {
            let byte = (0..8).fold(0, |byte, at| byte << 1 | u8::from(eight.get(at).is_none_or(|bit| *bit)));
            self.file.push(byte);
            if byte == 0xFF {
                self.file.push(0);
            }
        }
        self.bits.clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn files_of_random_numbers_are_the_same_to_the_last_bit(file in any_file()) {
        let jpeg = file.bytes();
        let found = quick(&jpeg);
        prop_assert!(found.is_some() || file.bits > 3, "left to the other decoder");
        prop_assert!(found.is_none_or(|found| found == by_image(&jpeg)), "other pixels");
    }

    #[test]
    fn a_damaged_file_is_left_alone_or_read_as_the_other_decoder_reads_it(
        file in any_file(), at in any::<prop::sample::Index>(), byte in any::<u8>(), is_cut in any::<bool>(),
    ) {
        let mut jpeg = file.bytes();
        let at = at.index(jpeg.len());
        if is_cut {
            jpeg.truncate(at);
        } else {
            jpeg[at] = byte;
        }
        if let Some(found) = quick(&jpeg) {
            prop_assert!(found == by_image(&jpeg), "other pixels");
        }
    }
}

#[test]
fn a_cut_file_is_never_read() {
    let file = File { size: [40, 20], sampling: [2, 2], restart: 2, steps: [1, 2], turn: 3, bits: 2, seed: 1 };
    let jpeg = file.bytes();
    assert!(quick(&jpeg).is_some());
    assert!((0..jpeg.len()).all(|length| quick(&jpeg[..length]).is_none()));
}
