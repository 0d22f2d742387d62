#![no_main]

use fargate_egress_fuzz::ip_ranges;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ip_ranges::holds(data));
