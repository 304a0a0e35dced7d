//! The kernels of this build, in this browser, against their definitions.

use visavis::kernels::agree;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn every_kernel_computes_what_it_is_defined_to() {
    for seed in 0..300 {
        assert_eq!(agree(seed), Ok(()));
    }
}
