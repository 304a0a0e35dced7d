//! Lanes of whole numbers: 128 bits, as sixteen of 8 bits, eight of 16 or four of 32. Imports its siblings.
//!
//! Every function is unsafe for the reasons that `vector.rs` gives.

use super::vector::Plain;

/// 128 bits of whole numbers.
pub(super) trait Words: Copy {
    /// Reads 16 bytes.
    unsafe fn load(from: *const u8) -> Self;
    /// Writes 16 bytes.
    unsafe fn store(self, to: *mut u8);
    /// Writes the first eight bytes to one place and the last eight to another.
    unsafe fn store_halves(self, first: *mut u8, last: *mut u8);
    /// Two numbers of 16 bits, in turn.
    unsafe fn pairs(first: i16, second: i16) -> Self;
    /// One number of 32 bits.
    unsafe fn splat(value: i32) -> Self;
    /// Sixteen bytes `(3 a + b + 2) / 4`, rounded down.
    unsafe fn blend(self, other: Self) -> Self;
    /// The first eight bytes of both, in turn.
    unsafe fn first_bytes(self, other: Self) -> Self;
    /// The last eight bytes of both, in turn.
    unsafe fn last_bytes(self, other: Self) -> Self;
    /// The first four numbers of 16 bits of both, in turn.
    unsafe fn first_words(self, other: Self) -> Self;
    /// The last four numbers of 16 bits of both, in turn.
    unsafe fn last_words(self, other: Self) -> Self;
    /// Eight differences of 16 bits.
    unsafe fn sub_words(self, other: Self) -> Self;
    /// Eight sums of 16 bits.
    unsafe fn add_words(self, other: Self) -> Self;
    /// Eight products of 16 bits, divided by 2^15 and rounded. Not both numbers are the least that there is.
    unsafe fn part_words(self, other: Self) -> Self;
    /// Products of numbers of 16 bits, each added to its neighbour's: four of 32 bits.
    unsafe fn dot(self, other: Self) -> Self;
    /// Four sums of 32 bits.
    unsafe fn add(self, other: Self) -> Self;
    /// Four differences of 32 bits.
    unsafe fn sub(self, other: Self) -> Self;
    /// Four numbers of 32 bits, shifted right with their sign.
    unsafe fn shift<const BITS: u32>(self) -> Self;
    /// Four numbers of 32 bits each as eight of 16; what is too large becomes the largest.
    unsafe fn narrow(self, other: Self) -> Self;
    /// Eight numbers of 16 bits each as sixteen bytes; what is below 0 or above 255 becomes that.
    unsafe fn pack(self, other: Self) -> Self;
    /// Writes 48 bytes: of each 16 the first, then the second, and so on.
    unsafe fn store_in_threes(three: [Self; 3], to: *mut u8);
}

/// Which lanes of whole numbers go with which of f32.
pub(super) trait HasWords {
    /// They.
    type Words: Words;
}

/// The twin of the others in plain Rust.
#[derive(Clone, Copy)]
pub(super) struct PlainWords([u8; 16]);

impl HasWords for Plain {
    type Words = PlainWords;
}

#[cfg(target_arch = "x86_64")]
impl HasWords for super::vector::x86::Avx2 {
    type Words = PlainWords;
}

#[cfg(target_arch = "aarch64")]
impl HasWords for super::vector::arm::Neon {
    type Words = PlainWords;
}

impl PlainWords {
    fn words(self) -> [i16; 8] {
        std::array::from_fn(|i| i16::from_le_bytes([self.0[2 * i], self.0[2 * i + 1]]))
    }

    fn longs(self) -> [i32; 4] {
        std::array::from_fn(|i| i32::from_le_bytes(std::array::from_fn(|byte| self.0[4 * i + byte])))
    }

    fn of_words(words: [i16; 8]) -> Self {
        Self(std::array::from_fn(|i| words[i / 2].to_le_bytes()[i % 2]))
    }

    fn of_longs(longs: [i32; 4]) -> Self {
        Self(std::array::from_fn(|i| longs[i / 4].to_le_bytes()[i % 4]))
    }
}

impl Words for PlainWords {
    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        // SAFETY: the caller's pointer has 16 bytes.
        Self(unsafe { from.cast::<[u8; 16]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: the caller's pointer has room for 16 bytes.
        unsafe { to.cast::<[u8; 16]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn store_halves(self, first: *mut u8, last: *mut u8) {
        // SAFETY: the caller's pointers have room for eight bytes each.
        unsafe {
            first.cast::<[u8; 8]>().write(std::array::from_fn(|i| self.0[i]));
            last.cast::<[u8; 8]>().write(std::array::from_fn(|i| self.0[8 + i]));
        }
    }

    #[inline(always)]
    unsafe fn pairs(first: i16, second: i16) -> Self {
        Self::of_words(std::array::from_fn(|i| if i % 2 == 0 { first } else { second }))
    }

    #[inline(always)]
    unsafe fn splat(value: i32) -> Self {
        Self::of_longs([value; 4])
    }

    #[inline(always)]
    unsafe fn blend(self, other: Self) -> Self {
        // At most 255.
        let one = |a: u8, b: u8| ((3 * u16::from(a) + u16::from(b) + 2) >> 2).to_le_bytes()[0];
        Self(std::array::from_fn(|i| one(self.0[i], other.0[i])))
    }

    #[inline(always)]
    unsafe fn first_bytes(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| [self, other][i % 2].0[i / 2]))
    }

    #[inline(always)]
    unsafe fn last_bytes(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| [self, other][i % 2].0[8 + i / 2]))
    }

    #[inline(always)]
    unsafe fn first_words(self, other: Self) -> Self {
        let both = [self.words(), other.words()];
        Self::of_words(std::array::from_fn(|i| both[i % 2][i / 2]))
    }

    #[inline(always)]
    unsafe fn last_words(self, other: Self) -> Self {
        let both = [self.words(), other.words()];
        Self::of_words(std::array::from_fn(|i| both[i % 2][4 + i / 2]))
    }

    #[inline(always)]
    unsafe fn sub_words(self, other: Self) -> Self {
        let (a, b) = (self.words(), other.words());
        Self::of_words(std::array::from_fn(|i| a[i].wrapping_sub(b[i])))
    }

    #[inline(always)]
    unsafe fn add_words(self, other: Self) -> Self {
        let (a, b) = (self.words(), other.words());
        Self::of_words(std::array::from_fn(|i| a[i].wrapping_add(b[i])))
    }

    #[inline(always)]
    unsafe fn part_words(self, other: Self) -> Self {
        let (a, b) = (self.words(), other.words());
        let part = |i: usize| (i32::from(a[i]) * i32::from(b[i]) + (1 << 14)) >> 15;
        #[expect(clippy::cast_possible_truncation, reason = "no larger than the larger factor")]
        Self::of_words(std::array::from_fn(|i| part(i) as i16))
    }

    #[inline(always)]
    unsafe fn dot(self, other: Self) -> Self {
        let (a, b) = (self.words(), other.words());
        let product = |i: usize| i32::from(a[i]) * i32::from(b[i]);
        Self::of_longs(std::array::from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1))))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        let (a, b) = (self.longs(), other.longs());
        Self::of_longs(std::array::from_fn(|i| a[i].wrapping_add(b[i])))
    }

    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        let (a, b) = (self.longs(), other.longs());
        Self::of_longs(std::array::from_fn(|i| a[i].wrapping_sub(b[i])))
    }

    #[inline(always)]
    unsafe fn shift<const BITS: u32>(self) -> Self {
        Self::of_longs(self.longs().map(|long| long >> BITS))
    }

    #[inline(always)]
    unsafe fn narrow(self, other: Self) -> Self {
        let both = [self.longs(), other.longs()];
        let clamped = |long: i32| long.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        Self::of_words(std::array::from_fn(|i| clamped(both[i / 4][i % 4]) as i16))
    }

    #[inline(always)]
    unsafe fn pack(self, other: Self) -> Self {
        let both = [self.words(), other.words()];
        #[expect(clippy::cast_sign_loss, reason = "clamped")]
        Self(std::array::from_fn(|i| both[i / 8][i % 8].clamp(0, 255) as u8))
    }

    #[inline(always)]
    unsafe fn store_in_threes(three: [Self; 3], to: *mut u8) {
        // SAFETY: the caller's pointer has room for 48 bytes.
        unsafe { to.cast::<[u8; 48]>().write(std::array::from_fn(|i| three[i % 3].0[i / 3])) }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    //! `WebAssembly`'s SIMD.
    use std::arch::wasm32 as w;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Bits(w::v128);

    impl super::HasWords for super::super::vector::wasm::Simd128 {
        type Words = Bits;
    }

    // SAFETY of all: pointers are the caller's promise.
    #[expect(
        unsafe_op_in_unsafe_fn,
        reason = "one instruction each, and each function says by being unsafe what it needs"
    )]
    impl super::Words for Bits {
        #[inline(always)]
        unsafe fn load(from: *const u8) -> Self {
            Self(w::v128_load(from.cast()))
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut u8) {
            w::v128_store(to.cast(), self.0);
        }

        #[inline(always)]
        unsafe fn store_halves(self, first: *mut u8, last: *mut u8) {
            w::v128_store64_lane::<0>(self.0, first.cast());
            w::v128_store64_lane::<1>(self.0, last.cast());
        }

        #[inline(always)]
        unsafe fn pairs(a: i16, b: i16) -> Self {
            Self(w::i16x8(a, b, a, b, a, b, a, b))
        }

        #[inline(always)]
        unsafe fn splat(value: i32) -> Self {
            Self(w::i32x4_splat(value))
        }

        #[inline(always)]
        unsafe fn blend(self, other: Self) -> Self {
            // The mean of a and of the mean of both: the first rounded down, the second up, which is right in all four cases of the sum.
            let odd = w::v128_and(w::v128_xor(self.0, other.0), w::u8x16_splat(1));
            let mean = w::u8x16_sub(w::u8x16_avgr(self.0, other.0), odd);
            Self(w::u8x16_avgr(self.0, mean))
        }

        #[inline(always)]
        unsafe fn first_bytes(self, other: Self) -> Self {
            Self(w::i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn last_bytes(self, other: Self) -> Self {
            Self(w::i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn first_words(self, other: Self) -> Self {
            Self(w::i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn last_words(self, other: Self) -> Self {
            Self(w::i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn sub_words(self, other: Self) -> Self {
            Self(w::i16x8_sub(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn add_words(self, other: Self) -> Self {
            Self(w::i16x8_add(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn part_words(self, other: Self) -> Self {
            #[cfg(target_feature = "relaxed-simd")]
            return Self(w::i16x8_relaxed_q15mulr(self.0, other.0));
            #[cfg(not(target_feature = "relaxed-simd"))]
            Self(w::i16x8_q15mulr_sat(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn dot(self, other: Self) -> Self {
            Self(w::i32x4_dot_i16x8(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            Self(w::i32x4_add(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            Self(w::i32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn shift<const BITS: u32>(self) -> Self {
            Self(w::i32x4_shr(self.0, BITS))
        }

        #[inline(always)]
        unsafe fn narrow(self, other: Self) -> Self {
            Self(w::i16x8_narrow_i32x4(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn pack(self, other: Self) -> Self {
            Self(w::u8x16_narrow_i16x8(self.0, other.0))
        }

        #[inline(always)]
        unsafe fn store_in_threes(three: [Self; 3], to: *mut u8) {
            // Four bytes a pixel, of which each four pixels then close up. A shuffle of any other order than these takes many instructions.
            let [a, b, c] = three;
            let (two, blue) = ([a.first_bytes(b), a.last_bytes(b)], [c.first_bytes(c), c.last_bytes(c)]);
            let close = w::u8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 14, 14, 14, 14);
            let closed = |fours: Self| w::i8x16_swizzle(fours.0, close);
            w::v128_store(to.cast(), closed(two[0].first_words(blue[0])));
            w::v128_store(to.add(12).cast(), closed(two[0].last_words(blue[0])));
            w::v128_store(to.add(24).cast(), closed(two[1].first_words(blue[1])));
            let last = closed(two[1].last_words(blue[1]));
            w::v128_store64_lane::<0>(last, to.add(36).cast());
            w::v128_store32_lane::<2>(last, to.add(44).cast());
        }
    }
}
