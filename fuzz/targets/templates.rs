#![no_main]

use fargate_egress_fuzz::templates;

libfuzzer_sys::fuzz_target!(|data: &[u8]| templates::holds(data));
