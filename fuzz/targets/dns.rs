#![no_main]

use fargate_egress_fuzz::dns;

libfuzzer_sys::fuzz_target!(|data: &[u8]| dns::holds(data));
