#![no_main]

use fargate_egress_fuzz::given;

libfuzzer_sys::fuzz_target!(|data: &[u8]| given::holds(data));
