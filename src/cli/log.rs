//! What happens inside, told on stderr with `-v`, `-vv` or `RUST_LOG`.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts telling: `RUST_LOG` decides where it is set, else the number of `-v`.
pub(super) fn start(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "uidsim=info",
        2 => "uidsim=debug",
        _ => "uidsim=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .init();
}
