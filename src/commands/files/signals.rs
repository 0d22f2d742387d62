//! Signals that end the program wait while files are being replaced.

#[cfg(not(unix))]
pub(super) use elsewhere::Deferred;
#[cfg(unix)]
pub(super) use unix::Deferred;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::{flag, low_level};

    /// What asks a program to end. SIGQUIT asks for a core dump, and gets one as it is.
    const ENDING: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

    /// Whether a signal ends the program at once, as it does without this; and the one that came
    /// while it did not.
    struct State {
        at_once: Arc<AtomicBool>,
        arrived: Arc<AtomicUsize>,
    }

    /// Registered once: what is taken away again would leave a signal without any effect.
    static STATE: LazyLock<State> = LazyLock::new(|| {
        let state = State { at_once: Arc::new(AtomicBool::new(true)), arrived: Arc::default() };
        let ignored = ignored();
        for signal in ENDING.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            // Where this fails the program ends at once, and what it leaves the next run removes.
            let _ = flag::register_conditional_default(signal, Arc::clone(&state.at_once))
                .and_then(|_| {
                    let number = usize::try_from(signal).unwrap_or_default();
                    flag::register_usize(signal, Arc::clone(&state.arrived), number)
                });
        }
        state
    });

    /// A time in which a signal does not end the program. When it is over, one that came does, in
    /// the way that it always does: whoever started the program sees the signal and no exit code.
    #[derive(Debug)]
    pub(in super::super) struct Deferred(());

    impl Deferred {
        pub(in super::super) fn new() -> Deferred {
            STATE.at_once.store(false, Ordering::SeqCst);
            Deferred(())
        }

        /// Whether a signal came.
        pub(in super::super) fn arrived(&self) -> bool {
            STATE.arrived.load(Ordering::SeqCst) != 0
        }
    }

    impl Drop for Deferred {
        fn drop(&mut self) {
            STATE.at_once.store(true, Ordering::SeqCst);
            if let Ok(signal @ 1..) = i32::try_from(STATE.arrived.load(Ordering::SeqCst)) {
                let _ = low_level::emulate_default_handler(signal);
            }
        }
    }

    /// The signals that the program was started with as ignored, as `nohup` does: they stay so. The first
    /// signal is the lowest bit.
    #[cfg(target_os = "linux")]
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }

    /// Asking means installing a handler, which cannot be done without unsafe code.
    #[cfg(not(target_os = "linux"))]
    fn ignored() -> u64 {
        0
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// There are no signals that could wait.
    #[derive(Debug)]
    pub(in super::super) struct Deferred(());

    impl Deferred {
        pub(in super::super) fn new() -> Deferred {
            Deferred(())
        }

        pub(in super::super) fn arrived(&self) -> bool {
            false
        }
    }
}
