//! Writing: stdout that may be closed any time, stderr, and files.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;

use super::failure::Failure;
use super::input::plain;

/// Writes `text` to stdout. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    printed(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// What became of writing to stdout.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::unfinished(&format!("cannot write to stdout: {}", plain(&error)), ""))
        }
        _ => Ok(()),
    }
}

/// Says `text` on stderr; there is nobody to tell when that fails.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Whether stdout may be coloured.
pub(super) fn has_colour() -> bool {
    io::stdout().is_terminal() && colour_is_wanted()
}

/// Whether stderr may be coloured.
pub(super) fn errors_have_colour() -> bool {
    io::stderr().is_terminal() && colour_is_wanted()
}

fn colour_is_wanted() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !unwanted && !dumb
}

/// Whether every path can be written later and at most one of them is stdout; asked before a long run.
pub(super) fn check_all(paths: &[Option<&Path>]) -> Result<(), Failure> {
    let paths = || paths.iter().copied().flatten();
    paths().try_for_each(check)?;
    for (index, path) in paths().enumerate() {
        if paths().take(index).any(|other| other == path) {
            let fact = if is_stdout(path) {
                "two outputs cannot share stdout".to_owned()
            } else {
                format!("two outputs cannot share the file {}", path.display())
            };
            return Err(Failure::bad_input(&fact, "give each a file of its own"));
        }
    }
    Ok(())
}

fn check(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if is_stdout(path) || (folder.is_dir() && !path.is_dir()) {
        return Ok(());
    }
    let fact = if path.is_dir() {
        format!("{} is a folder, not a file", path.display())
    } else {
        format!("cannot write {}: there is no folder {}", path.display(), folder.display())
    };
    Err(Failure::bad_input(&fact, ""))
}

/// Whether a report meant for `path` goes to stdout.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes `text` to the new file `path`; one that is there stays as it is.
pub(super) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::bad_input(&format!("{} exists already", path.display()), "choose another name")
        }
        _ => cannot_write(path, &error),
    })
}

/// Writes what is asked for, before anything else is printed, so that a closed stdout costs no file; whether stdout is
/// taken by one of them.
pub(super) fn write_all(wanted: &[(Option<&Path>, &dyn Fn() -> String)]) -> Result<bool, Failure> {
    let mut is_taken = false;
    for (path, print) in wanted.iter().filter_map(|(path, print)| Some(((*path)?, print))) {
        write(path, &print())?;
        is_taken |= is_stdout(path);
    }
    Ok(is_taken)
}

/// Writes what may be large as it is made, to the file `path` or to stdout for `-`; whether stdout is taken by it.
pub(super) fn stream(
    path: Option<&Path>,
    make: &dyn Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<bool, Failure> {
    let Some(path) = path else { return Ok(false) };
    if is_stdout(path) {
        let mut stdout = BufWriter::new(io::stdout().lock());
        printed(make(&mut stdout).and_then(|()| stdout.flush()))?;
        return Ok(true);
    }
    let written = File::create(path).map(BufWriter::new).and_then(|mut file| {
        make(&mut file)?;
        file.flush()
    });
    written.map(|()| false).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::unfinished(&format!("cannot write {}: {}", path.display(), plain(error)), "")
}

/// Writes `text` to the file `path`, or to stdout for `-`.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

/// Writes `bytes` to the file `path`, or to stdout for `-`.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if is_stdout(path) {
        return print_bytes(bytes);
    }
    std::fs::write(path, bytes).map_err(|error| cannot_write(path, &error))
}
