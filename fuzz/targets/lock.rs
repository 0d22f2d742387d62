#![no_main]

use fargate_egress_fuzz::lock;

libfuzzer_sys::fuzz_target!(|data: &[u8]| lock::holds(data));
