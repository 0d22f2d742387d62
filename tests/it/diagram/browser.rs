//! What a real browser makes of pictures, and the real Mermaid of charts.
//!
//! Chromium is Debian's; how it is driven and Mermaid come from npm, as `tests/diagrams` pins them.
//! Screenshots are in `target/tmp/diagrams` afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use fargate_egress::diagram::{Picture, drawing, of_verification};
use fargate_egress::render::Renderer;
use serde::Deserialize;
use serde_json::json;

use super::made_up::{Names, picture};
use crate::findings::{cases, good, verification};
use crate::support::{Folder, python, root};

/// What was measured, by file; colours and boxes by scheme.
#[derive(Deserialize)]
struct Seen {
    pictures: BTreeMap<String, BTreeMap<String, Drawn>>,
    charts: BTreeMap<String, Chart>,
    /// What pages asked for beside what they were given.
    asked: Vec<String>,
}

#[derive(Deserialize)]
struct Drawn {
    view: [f64; 4],
    texts: Vec<Written>,
    rects: Vec<Filled>,
}

#[derive(Deserialize)]
struct Written {
    text: String,
    /// Left, top, width, height.
    #[serde(rename = "box")]
    area: [f64; 4],
    fill: String,
}

#[derive(Deserialize)]
struct Filled {
    #[serde(rename = "box")]
    area: [f64; 4],
    fill: String,
}

#[derive(Deserialize)]
struct Chart {
    error: Option<String>,
    /// Of those that are drawn.
    words: Option<Vec<String>>,
}

/// Debian's Chromium, or whatever is called so.
fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
        .find(|program| program.is_file());
    found.expect("the tests look at pictures in Chromium: apt-get install chromium")
}

/// The folder with what `tests/diagrams/package.json` names, made on first use.
fn tools() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(target).unwrap();
    let lock = File::create(target.join("diagram-tools.lock")).unwrap();
    lock.lock().unwrap();
    let folder = target.join("diagram-tools");
    let wanted = fs::read_to_string(root().join("tests/diagrams/package-lock.json")).unwrap();
    let stamp = folder.join("installed.json");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(wanted.as_str()) {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json"] {
            fs::copy(root().join("tests/diagrams").join(name), folder.join(name)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        let needs = "the tests need node (18 or newer) with npm, and its registry for what \
                     tests/diagrams/package.json names";
        match npm.output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => panic!("{}\n{needs}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("npm cannot be run: {error}\n{needs}"),
        }
        fs::write(&stamp, wanted).unwrap();
    }
    folder
}

/// Pictures that people look at, too: their screenshots are kept.
fn to_look_at() -> Vec<(String, Picture)> {
    let mut all: Vec<(String, Picture)> = Vec::new();
    let named = [
        "private-dns-off",
        "endpoint-missing",
        "efs-egress-missing",
        "public-route",
        "s3-egress-missing",
    ];
    for case in cases().into_iter().filter(|case| named.contains(&case.name.as_str())) {
        let picture = of_verification(&verification(&case.text, case.region));
        all.push((format!("case-{}", case.name), picture));
    }
    all.push(("good".to_owned(), of_verification(&verification(&good(), "ap-northeast-1"))));
    for (subnets, services, mode) in [(1, 1, 0), (6, 12, 0), (6, 12, 3), (3, 5, 2)] {
        let name = format!("made-up-{subnets}-{services}-{mode}");
        all.push((name, picture(subnets, services, mode, Names::Plain)));
    }
    all
}

/// The extremes of everything that is made up.
fn extremes() -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    for names in Names::ALL {
        for subnets in [0, 1, 6] {
            for services in [0, 1, 12] {
                for mode in 0..4 {
                    let name = format!("{names:?}-{subnets}-{services}-{mode}").to_lowercase();
                    all.push((name, picture(subnets, services, mode, names)));
                }
            }
        }
    }
    all
}

/// The example's pictures as `generate` writes them.
fn generated(folder: &Path) -> Vec<PathBuf> {
    let example = Folder::of_example();
    let run = example.run(&["generate", "--emit", "svg,mermaid", "-q"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = ["tokyo.svg", "tokyo.mmd", "tokyo-by-group.svg", "tokyo-by-group.mmd"];
    let copied = names.map(|name| {
        let path = folder.join(name);
        fs::write(&path, example.read(&format!("out/{name}"))).unwrap();
        path
    });
    copied.to_vec()
}

#[test]
fn a_browser_and_mermaid_read_what_is_drawn() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagrams");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let renderer = Renderer::new(&[]).unwrap();
    let mut made: BTreeMap<String, Picture> = BTreeMap::new();
    let mut shown = generated(&folder);
    let mut files = shown.clone();
    let looked_at = to_look_at();
    let count = looked_at.len();
    for (number, (name, picture)) in looked_at.into_iter().chain(extremes()).enumerate() {
        for (extension, text) in
            [("svg", renderer.svg(&picture).unwrap()), ("mmd", renderer.mermaid(&picture).unwrap())]
        {
            let path = folder.join(format!("{name}.{extension}"));
            fs::write(&path, text).unwrap();
            files.push(path.clone());
            if number < count {
                shown.push(path);
            }
        }
        made.insert(folder.join(format!("{name}.svg")).display().to_string(), picture);
    }
    let of = |extension: &str| -> Vec<&PathBuf> {
        files.iter().filter(|file| file.extension().is_some_and(|it| it == extension)).collect()
    };
    well_formed(&of("svg"));

    let seen = look(&folder, &of("svg"), &of("mmd"), &shown);
    assert_eq!(seen.asked, [""; 0], "nothing is fetched");
    assert_eq!(seen.pictures.len(), of("svg").len());
    for (file, schemes) in &seen.pictures {
        assert_eq!(schemes.len(), 2);
        for (scheme, drawn) in schemes {
            let wrong = wrong(drawn, made.get(file));
            assert!(wrong.is_empty(), "{file}, {scheme}: {}", wrong.join("\n"));
        }
    }
    assert_eq!(seen.charts.len(), of("mmd").len());
    let (mut plain, mut odd) = (0, 0);
    for (file, chart) in &seen.charts {
        assert!(chart.error.is_none(), "{file}: {}", chart.error.as_deref().unwrap_or_default());
        let Some(words) = &chart.words else { continue };
        let is_odd = file.contains("/odd-");
        let word = match is_odd {
            true => "\"end\" ]]> </text><script>&#{x} `md` ;%%{init}%%",
            false => "VPC",
        };
        assert!(words.iter().any(|words| words.contains(word)), "{file}: {words:?}");
        (plain, odd) = (plain + usize::from(!is_odd), odd + usize::from(is_odd));
    }
    assert!(plain > 5 && odd > 3, "{plain} and {odd} charts are drawn");
}

/// What is wrong with a picture as it is drawn.
fn wrong(drawn: &Drawn, picture: Option<&Picture>) -> Vec<String> {
    let mut wrong = Vec::new();
    let overlap = |a: [f64; 4], b: [f64; 4]| {
        a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
    };
    let within = |outer: [f64; 4], inner: [f64; 4]| {
        // Chromium puts boxes of texts on whole pixels, and leaves one beside them.
        const ROUNDED: f64 = 1.5;
        outer[0] <= inner[0] + ROUNDED
            && outer[1] <= inner[1] + ROUNDED
            && inner[0] + inner[2] <= outer[0] + outer[2] + ROUNDED
            && inner[1] + inner[3] <= outer[1] + outer[3] + ROUNDED
    };
    for (number, text) in drawn.texts.iter().enumerate() {
        if !within(drawn.view, text.area) {
            wrong.push(format!("`{}` leaves the picture", text.text));
        }
        for other in &drawn.texts[..number] {
            if overlap(text.area, other.area) {
                wrong.push(format!("`{}` is on `{}`", text.text, other.text));
            }
        }
        let (x, y) = (text.area[0] + text.area[2] / 2.0, text.area[1] + text.area[3] / 2.0);
        let below = drawn
            .rects
            .iter()
            .rev()
            .find(|rect| rect.fill != "none" && within(rect.area, [x, y, 0.0, 0.0]));
        let contrast = contrast(&text.fill, &below.expect("there is paper below everything").fill);
        // WCAG 2.2, 1.4.3, for text of any size.
        if contrast < 4.5 {
            wrong.push(format!("`{}` has a contrast of {contrast:.2} only", text.text));
        }
    }
    // What was computed is an upper limit of what is drawn.
    let computed = picture.map(|picture| drawing(picture).texts);
    for (text, computed) in drawn.texts.iter().zip(computed.iter().flatten()) {
        let bounds = &computed.bounds;
        let bounds = [bounds.x, bounds.y, bounds.width, bounds.height].map(f64::from);
        if text.text != computed.text || !within(bounds, text.area) {
            wrong.push(format!("`{}` takes {:?}, more than {bounds:?}", text.text, text.area));
        }
    }
    if let Some(computed) = computed
        && computed.len() != drawn.texts.len()
    {
        wrong.push("texts are lost".to_owned());
    }
    wrong
}

/// By WCAG's formula, of two colours as `rgb(1, 2, 3)`.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let inner = colour.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
        let parts = inner.unwrap_or_else(|| panic!("{colour}")).split(", ");
        let linear = parts.map(|part| {
            let value = part.parse::<f64>().unwrap() / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        linear.zip([0.2126, 0.7152, 0.0722]).map(|(value, weight)| value * weight).sum::<f64>()
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// One Chromium looks at all of them.
fn look(folder: &Path, pictures: &[&PathBuf], charts: &[&PathBuf], shown: &[PathBuf]) -> Seen {
    let profile = Folder::new();
    // To draw all of them would take minutes.
    let is_drawn = |chart: &&&PathBuf| {
        let name = chart.file_name().unwrap().to_str().unwrap();
        shown.contains(chart) || name.starts_with("odd-1-1")
    };
    let drawn: Vec<&&PathBuf> = charts.iter().filter(is_drawn).collect();
    let job = json!({
        "chromium": chromium(),
        "profile": profile.path(),
        "pictures": pictures,
        "charts": charts,
        "drawn": drawn,
        "shown": shown,
        "screens": folder,
    });
    profile.write("job.json", job.to_string());
    let output = Command::new("node")
        .arg(root().join("tests/diagrams/browser.mjs"))
        .arg(tools())
        .arg(profile.path().join("job.json"))
        .output()
        .expect("the tests need node (18 or newer)");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{stderr}"))
}

/// Another reader of XML takes them, and they name nothing that is elsewhere.
fn well_formed(pictures: &[&PathBuf]) {
    const READ: &str = "import sys, xml.etree.ElementTree as tree\n\
                        for path in sys.argv[1:]: tree.parse(path)";
    let paths: Vec<&str> = pictures.iter().map(|path| path.to_str().unwrap()).collect();
    python(&[&["-c", READ][..], &paths].concat()).unwrap();
    let elements: BTreeSet<&str> = BTreeSet::from([
        "svg", "title", "desc", "style", "rect", "polyline", "g", "line", "polygon", "path",
        "circle", "text",
    ]);
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        // A name may hold anything; as text it is quoted, so that what is left are tags.
        let (style, rest) = (
            text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap(),
            text.replacen("http://www.w3.org/2000/svg", "", 1),
        );
        assert!(!style.contains("url(") && !style.contains("@import"), "{path}");
        for tag in rest.split('<').skip(1).filter(|tag| !tag.starts_with(['/', '!'])) {
            let inner = tag.split('>').next().unwrap();
            let name = inner.split([' ', '/']).next().unwrap();
            assert!(elements.contains(name), "{path}: <{name}>");
            assert!(!inner.contains("href") && !inner.contains("http"), "{path}: {inner}");
        }
    }
}
