//! The door's step: hands over to `cli`.

fn main() -> std::process::ExitCode {
    uidsim::cli::main()
}
