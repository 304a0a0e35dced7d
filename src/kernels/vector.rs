//! Lanes of f32: one set of operations for WebAssembly's SIMD, AVX2, NEON and plain Rust. Imports nothing.
//!
//! Every function is unsafe for two reasons: loads and stores take raw pointers, and the x86 ones need a CPU with AVX2 and FMA. Who writes
//! `unsafe fn run<V: Vector>` promises the first; [`super::launch`] makes sure of the second.

/// A few f32 side by side.
pub(super) trait Vector: Copy + super::dot::Whole + super::words::HasWords {
    /// How many.
    const LANES: usize;
    /// Pixels of a tile of a matrix product at most, and registers of channels: as many sums as there are registers to spare.
    const TILE: (usize, usize);

    /// Reads `LANES` numbers, wherever they lie.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads `LANES` bytes as numbers.
    unsafe fn load_bytes(from: *const u8) -> Self;
    /// Writes `LANES` numbers between 0 and 255 as bytes, without what is behind the point.
    unsafe fn store_bytes(self, to: *mut u8);
    /// Writes `LANES` numbers, wherever they go.
    unsafe fn store(self, to: *mut f32);
    /// One number in all lanes.
    unsafe fn splat(value: f32) -> Self;
    /// The number at an address in all lanes.
    unsafe fn splat_at(from: *const f32) -> Self;
    /// `self + a * b`, with one rounding or two.
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
    /// Lane by lane.
    unsafe fn add(self, other: Self) -> Self;
    /// Lane by lane.
    unsafe fn max(self, other: Self) -> Self;
    /// Lane by lane.
    unsafe fn min(self, other: Self) -> Self;
}

/// The twin of the others in plain Rust: where there is no other, and for tests.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 4]);

impl Vector for Plain {
    const LANES: usize = 4;
    const TILE: (usize, usize) = (4, 2);

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's pointer has LANES numbers.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_bytes(from: *const u8) -> Self {
        // SAFETY: the caller's pointer has LANES bytes.
        Self(unsafe { from.cast::<[u8; 4]>().read_unaligned() }.map(f32::from))
    }

    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the caller's numbers are bytes")]
        let bytes = self.0.map(|value| value as u8);
        // SAFETY: the caller's pointer has room for LANES bytes.
        unsafe { to.cast::<[u8; 4]>().write_unaligned(bytes) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's pointer has room for LANES numbers.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn splat_at(from: *const f32) -> Self {
        // SAFETY: the caller's pointer has a number.
        Self([unsafe { from.read() }; 4])
    }

    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].max(other.0[i])))
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].min(other.0[i])))
    }
}

/// A set of lanes made of a register type and its intrinsics.
#[cfg(any(target_arch = "wasm32", target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    (
        $(#[$doc:meta])* $name:ident($register:ty; $lanes:literal; $tile:expr)
        load($load_p:ident) $load:expr; load_bytes($bytes_p:ident) $load_bytes:expr;
        store_bytes($to_p:ident, $to_v:ident) $store_bytes:expr; store($store_p:ident, $store_v:ident) $store:expr;
        splat($splat_v:ident) $splat:expr; splat_at($at_p:ident) $splat_at:expr;
        mul_add($sum:ident, $fa:ident, $fb:ident) $mul_add:expr;
        add($aa:ident, $ab:ident) $add:expr; max($xa:ident, $xb:ident) $max:expr; min($na:ident, $nb:ident) $min:expr;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(in super::super) struct $name($register);

        // SAFETY of all: pointers are the caller's promise, and `launch` looked at the CPU.
        #[expect(unsafe_op_in_unsafe_fn, reason = "one instruction each, and each function says by being unsafe what it needs")]
        impl super::Vector for $name {
            const LANES: usize = $lanes;
            const TILE: (usize, usize) = $tile;

            #[inline(always)]
            unsafe fn load($load_p: *const f32) -> Self {
                Self($load)
            }

            #[inline(always)]
            unsafe fn load_bytes($bytes_p: *const u8) -> Self {
                Self($load_bytes)
            }

            #[inline(always)]
            unsafe fn store_bytes(self, $to_p: *mut u8) {
                let $to_v = self.0;
                $store_bytes
            }

            #[inline(always)]
            unsafe fn store(self, $store_p: *mut f32) {
                let $store_v = self.0;
                $store
            }

            #[inline(always)]
            unsafe fn splat($splat_v: f32) -> Self {
                Self($splat)
            }

            #[inline(always)]
            unsafe fn splat_at($at_p: *const f32) -> Self {
                Self($splat_at)
            }

            #[inline(always)]
            unsafe fn mul_add(self, a: Self, b: Self) -> Self {
                let ($sum, $fa, $fb) = (self.0, a.0, b.0);
                Self($mul_add)
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                let ($aa, $ab) = (self.0, other.0);
                Self($add)
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                let ($xa, $xb) = (self.0, other.0);
                Self($max)
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                let ($na, $nb) = (self.0, other.0);
                Self($min)
            }
        }
    };
}

#[cfg(target_arch = "wasm32")]
pub(super) mod wasm {
    //! `WebAssembly`: 128 bits; a fused multiply-add in the relaxed build only.
    use std::arch::wasm32 as w;

    #[inline(always)]
    fn multiply_add(sum: w::v128, a: w::v128, b: w::v128) -> w::v128 {
        #[cfg(target_feature = "relaxed-simd")]
        return w::f32x4_relaxed_madd(a, b, sum);
        #[cfg(not(target_feature = "relaxed-simd"))]
        w::f32x4_add(sum, w::f32x4_mul(a, b))
    }

    // Measured in Chromium on x86-64, which has 16 registers: a fused multiply-add there overwrites a factor, so each register of
    // weights must be the only one that a pixel is multiplied with; without it, eight sums are as many as stay in registers.
    const TILE: (usize, usize) = if cfg!(target_feature = "relaxed-simd") { (12, 1) } else { (4, 2) };

    // Four bytes as numbers of 32 bits, and the first bytes of four such: one instruction on x86, where places above 127 are zeros.
    const APART: w::v128 = w::u8x16(0, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 3, 255, 255, 255);
    const TOGETHER: w::v128 = w::u8x16(0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);

    // `pmax` and `pmin` are one instruction on x86, unlike `f32x4_max`; they differ for NaN and signed zeros only.
    lanes! {
        /// Four lanes.
        Simd128(w::v128; 4; TILE)
        load(p) w::v128_load(p.cast());
        load_bytes(p) w::f32x4_convert_i32x4(w::i8x16_swizzle(w::v128_load32_zero(p.cast()), APART));
        store_bytes(p, v) {
            // A number above 2^23 has no bits behind the point, and the last ones are its own.
            let whole = w::f32x4_add(w::f32x4_floor(v), w::f32x4_splat(8_388_608.0));
            w::v128_store32_lane::<0>(w::i8x16_swizzle(whole, TOGETHER), p.cast());
        };
        store(p, v) w::v128_store(p.cast(), v);
        splat(v) w::f32x4_splat(v); splat_at(p) w::v128_load32_splat(p.cast());
        mul_add(sum, a, b) multiply_add(sum, a, b);
        add(a, b) w::f32x4_add(a, b); max(a, b) w::f32x4_pmax(b, a); min(a, b) w::f32x4_pmin(b, a);
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    //! AVX2 with FMA.
    use std::arch::x86_64 as x;

    lanes! {
        /// Eight lanes.
        Avx2(x::__m256; 8; (6, 2))
        load(p) x::_mm256_loadu_ps(p);
        load_bytes(p) x::_mm256_cvtepi32_ps(x::_mm256_cvtepu8_epi32(x::_mm_loadl_epi64(p.cast())));
        store_bytes(p, v) {
            let longs = x::_mm256_cvttps_epi32(v);
            let words = x::_mm_packus_epi32(x::_mm256_castsi256_si128(longs), x::_mm256_extracti128_si256::<1>(longs));
            x::_mm_storel_epi64(p.cast(), x::_mm_packus_epi16(words, words));
        };
        store(p, v) x::_mm256_storeu_ps(p, v);
        splat(v) x::_mm256_set1_ps(v); splat_at(p) x::_mm256_set1_ps(p.read());
        mul_add(sum, a, b) x::_mm256_fmadd_ps(a, b, sum);
        add(a, b) x::_mm256_add_ps(a, b); max(a, b) x::_mm256_max_ps(a, b); min(a, b) x::_mm256_min_ps(a, b);
    }
}

#[cfg(target_arch = "aarch64")]
pub(super) mod arm {
    //! NEON, which every 64-bit ARM has.
    use std::arch::aarch64 as n;

    lanes! {
        /// Four lanes.
        Neon(n::float32x4_t; 4; (6, 2))
        load(p) n::vld1q_f32(p);
        load_bytes(p) {
            let four = n::vreinterpret_u8_u32(n::vdup_n_u32(p.cast::<u32>().read_unaligned()));
            n::vcvtq_f32_u32(n::vmovl_u16(n::vget_low_u16(n::vmovl_u8(four))))
        };
        store_bytes(p, v) {
            let words = n::vmovn_u32(n::vcvtq_u32_f32(v));
            let bytes = n::vmovn_u16(n::vcombine_u16(words, words));
            p.cast::<u32>().write_unaligned(n::vget_lane_u32::<0>(n::vreinterpret_u32_u8(bytes)));
        };
        store(p, v) n::vst1q_f32(p, v);
        splat(v) n::vdupq_n_f32(v); splat_at(p) n::vld1q_dup_f32(p);
        mul_add(sum, a, b) n::vfmaq_f32(sum, a, b);
        add(a, b) n::vaddq_f32(a, b); max(a, b) n::vmaxq_f32(a, b); min(a, b) n::vminq_f32(a, b);
    }
}
