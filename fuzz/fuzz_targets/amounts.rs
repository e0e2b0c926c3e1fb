//! See `partner_center::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| partner_center::fuzzing::amounts(data));
