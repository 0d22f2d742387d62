//! The AWS CDK and TypeScript's compiler, for constructs that are generated.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Folder, root};

/// A folder with the packages that `tests/cdk/package.json` names, made on first use.
///
/// Panics with the reason where it cannot be made: a test that needs it must not pass without it.
pub(crate) fn packages() -> &'static Path {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let manifest = root().join("tests/cdk/package.json");
        let wanted = fs::read_to_string(&manifest).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target).unwrap();
        // Tests run as several processes too; one of them installs.
        let lock = File::create(target.join("cdk.lock")).unwrap();
        lock.lock().unwrap();
        let folder = target.join("cdk");
        let stamp = folder.join("installed-package.json");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(wanted.as_str()) {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("package.json"), &wanted).unwrap();
            let quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error"];
            let install = run(Command::new("npm").arg("install").args(quiet).current_dir(&folder));
            install.unwrap_or_else(|error| {
                panic!(
                    "{error}\nthe tests need node and npm, and the npm registry for what \
                     tests/cdk/package.json names"
                )
            });
            fs::write(stamp, wanted).unwrap();
        }
        folder.join("node_modules")
    })
}

/// Puts the packages and the programs of `tests/cdk` into a folder, and compiles whatever it has.
///
/// # Errors
/// What the compiler says.
pub(crate) fn compile(folder: &Folder) -> Result<(), String> {
    let modules = folder.path().join("node_modules");
    if !modules.exists() {
        std::os::unix::fs::symlink(packages(), modules).unwrap();
    }
    for name in ["tsconfig.json", "given.ts", "use.ts"] {
        folder.write(name, fs::read(root().join("tests/cdk").join(name)).unwrap());
    }
    run(&mut node(folder, "node_modules/typescript/bin/tsc")).map(drop)
}

/// Runs a compiled program; its standard output.
///
/// # Errors
/// What it printed.
pub(crate) fn execute(folder: &Folder, program: &str) -> Result<String, String> {
    run(&mut node(folder, program))
}

/// `cdk synth` of an app as a user would run it, into `cdk.out/`; what it printed.
///
/// # Errors
/// What it printed.
pub(crate) fn cdk_synth(folder: &Folder, app: &str) -> Result<String, String> {
    // Nothing to report or to ask the network for.
    let offline = ["--no-notices", "--no-version-reporting"];
    run(node(folder, "node_modules/aws-cdk/bin/cdk")
        .args(["synth", "--strict", "--quiet", "--output", "cdk.out", "--app"])
        .arg(format!("node {app}"))
        .args(offline))
}

/// Node with a program, without whatever the user's environment says of AWS and the CDK.
fn node(folder: &Folder, program: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(program)
        .current_dir(folder.path())
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
        .env("HOME", folder.path())
        .env("CDK_HOME", folder.path())
        .env("CDK_DISABLE_CLI_TELEMETRY", "true")
        .env("CDK_DISABLE_VERSION_CHECK", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => return Err(format!("{command:?} cannot be run: {error}")),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr)))
    }
}
