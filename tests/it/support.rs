//! Folders to run the program in, and the tools from PyPI that play AWS and read templates.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
#[cfg(target_os = "linux")]
use std::sync::{Arc, Once};

use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of its own for a test.
pub(crate) struct Folder(TempDir);

/// What a run of the program gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    /// A folder with the example's config and lock.
    pub(crate) fn of_example() -> Folder {
        let folder = Folder::new();
        for name in ["egress.yaml", "egress.lock.json"] {
            fs::copy(root().join(name), folder.path().join(name)).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Every file below the folder with its bytes, sorted.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut files, mut folders) = (Vec::new(), vec![self.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((
                        path.strip_prefix(self.path()).unwrap().into(),
                        fs::read(&path).unwrap(),
                    ));
                }
            }
        }
        files.sort();
        files
    }

    /// Runs the program in the folder, without the environment of whoever runs the tests.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    /// The same with variables in its environment.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        self.start(arguments, environment, "")
    }

    /// The same with text on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        self.start(arguments, &[], input)
    }

    fn start(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Run {
        let mut child = program()
            .current_dir(self.path())
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end without having read its input.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().expect("the program ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, without the environment of whoever runs the tests.
pub(crate) fn program() -> Command {
    #[cfg(target_os = "linux")]
    signals_as_in_a_terminal();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fargate-egress"));
    command.env_clear();
    command
}

/// What runs the tests may itself run in the background of a shell, which has signals ignored there and in
/// all that it starts. A signal with a handler is none that what is started ignores.
#[cfg(target_os = "linux")]
fn signals_as_in_a_terminal() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            if ignored >> (signal - 1) & 1 == 1 {
                // Nobody looks at it, so that this process goes on ignoring the signal.
                signal_hook::flag::register(signal, Arc::default()).unwrap();
            }
        }
    });
}

/// The folder with the programs of the virtual environment that `tests/aws/requirements.txt`
/// describes, made on first use.
pub(crate) fn tools() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| virtual_environment("aws-tools", "tests/aws/requirements.txt"))
}

/// The same of `tests/tools/requirements.txt`: readers of schemas, hooks and actions.
pub(crate) fn readers() -> &'static Path {
    static READERS: OnceLock<PathBuf> = OnceLock::new();
    READERS.get_or_init(|| virtual_environment("readers", "tests/tools/requirements.txt"))
}

/// The packages that `tests/tools/package-lock.json` describes, installed on first use.
pub(crate) fn node_modules() -> &'static Path {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| {
        let tools = root().join("tests/tools");
        let wanted = fs::read_to_string(tools.join("package-lock.json")).unwrap();
        let folder = installed("node", &wanted, |folder| {
            for name in ["package.json", "package-lock.json"] {
                fs::copy(tools.join(name), folder.join(name)).unwrap();
            }
            let flags = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
            install(Command::new("npm").args(flags).current_dir(folder), "node and npm");
        });
        folder.join("node_modules")
    })
}

fn virtual_environment(name: &str, requirements: &str) -> PathBuf {
    let requirements = root().join(requirements);
    let wanted = fs::read_to_string(&requirements).unwrap();
    let folder = installed(name, &wanted, |folder| {
        let needs = "python3 with its venv module";
        install(Command::new("python3").args(["-m", "venv"]).arg(folder), needs);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        install(Command::new(folder.join("bin/python")).args(pip).arg(&requirements), needs);
    });
    folder.join("bin")
}

/// A folder with what is wanted in it, which is installed where it is not.
///
/// Panics with the reason where that cannot be: a test that needs it must not pass without it.
fn installed(name: &str, wanted: &str, into: impl Fn(&Path)) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(target).unwrap();
    // Tests run as several processes too; one of them installs.
    let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let folder = target.join(name);
    let stamp = folder.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(wanted) {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        into(&folder);
        fs::write(&stamp, wanted).unwrap();
    }
    folder
}

fn install(command: &mut Command, needs: &str) {
    let needs = format!("the tests need {needs}, and the package index for what they install");
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            panic!("{command:?} failed:\n{}\n{needs}", String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => panic!("{command:?} cannot be run: {error}\n{needs}"),
    }
}

/// Runs a Python program of `tests/aws` with the tools; its standard output.
pub(crate) fn python(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(tools().join("python"))
        .current_dir(root().join("tests/aws"))
        .args(arguments)
        .env_remove("AWS_PROFILE")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(stdout)
    } else {
        Err(format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// What may be given to `init` beside a region and an account.
pub(crate) const INIT_FLAGS: &[&str] = &[
    "--account",
    "111122223333",
    "--vpc",
    "vpc-0a1b2c3d4e5f60718",
    "--cidr",
    "10.0.0.0/16",
    "--subnet",
    "subnet-0a1b2c3d4e5f60711",
    "--route-table",
    "rtb-0a1b2c3d4e5f60711",
];

/// Compares with a committed file, or writes it when `BLESS=1` is set; the differences are for
/// `git diff` to show.
pub(crate) fn assert_committed(path: &Path, found: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        expected == found,
        "{} differs; run the tests with BLESS=1 and look at `git diff`. Found:\n{found}",
        path.strip_prefix(root()).unwrap_or(path).display()
    );
}
