#![no_main]

use fargate_egress_fuzz::config;

libfuzzer_sys::fuzz_target!(|data: &[u8]| config::holds(data));
