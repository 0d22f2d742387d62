//! Where an image comes from, read from its name.
//!
//! Forms of registry hosts: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
//! and the host rule of <https://pkg.go.dev/github.com/distribution/reference>.

use super::texts::split;
use crate::cloudformation::{Evaluated, Piece, Text, Value};

/// The registry of a name without a host.
pub(super) const DOCKER_HUB: &str = "docker.io";

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Image {
    /// A private registry of ECR. Each part may be unknown.
    PrivateEcr {
        /// The account of the registry.
        account: Text,
        /// Its region.
        region: Text,
        /// The repository, without a tag or digest.
        repository: Text,
        /// Which of its hosts.
        form: HostForm,
    },
    /// The public gallery of ECR, to which no endpoint leads.
    PublicEcr,
    /// Another registry.
    Other {
        /// Its host; [`DOCKER_HUB`] for a name without one.
        host: String,
    },
    /// The templates do not say, and why.
    Unknown(String),
}

/// Which of the hosts of a private registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostForm {
    /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com`.
    Plain,
    /// `ACCOUNT.dkr.ecr-fips.REGION.amazonaws.com`.
    Fips,
    /// `ACCOUNT.dkr-ecr.REGION.on.aws`.
    DualStack,
    /// `ACCOUNT.dkr-ecr-fips.REGION.on.aws`.
    DualStackFips,
}

impl HostForm {
    /// What stands between account and region.
    const MARKS: &[(&str, HostForm)] = &[
        (".dkr.ecr.", HostForm::Plain),
        (".dkr.ecr-fips.", HostForm::Fips),
        (".dkr-ecr.", HostForm::DualStack),
        (".dkr-ecr-fips.", HostForm::DualStackFips),
    ];

    /// What is to be said of an image whose registry is named by a host of this form: a label and a
    /// message.
    pub(super) fn doubt(self, image: &Value) -> Option<(String, String)> {
        let kind = match self {
            HostForm::Plain => return None,
            HostForm::Fips => "FIPS",
            HostForm::DualStack => "dual-stack",
            HostForm::DualStackFips => "dual-stack FIPS",
        };
        let message = format!(
            "`{image}` names the {kind} host of the registry, which the private DNS of the `ecr.dkr` \
             endpoint may not serve"
        );
        Some((format!("a {kind} host"), message))
    }

    /// Whether a host of this form ends with `suffix`, which stands behind the region.
    fn ends_with(self, suffix: &str) -> bool {
        match self {
            HostForm::Plain | HostForm::Fips => matches!(
                suffix,
                "amazonaws.com"
                    | "amazonaws.com.cn"
                    | "amazonaws.eu"
                    | "c2s.ic.gov"
                    | "sc2s.sgov.gov"
                    | "cloud.adc-e.uk"
                    | "csp.hci.ic.gov"
            ),
            HostForm::DualStack | HostForm::DualStackFips => {
                matches!(suffix, "on.aws" | "on.amazonwebservices.com.cn")
            }
        }
    }
}

/// Where the image of this name comes from. `evaluated` tells of repositories that are made in the
/// world.
pub(super) fn image(name: &Value, evaluated: &Evaluated) -> Image {
    match name.as_text() {
        Some(text) => of_text(text, evaluated),
        None => Image::Unknown("the image is not a text".to_owned()),
    }
}

fn of_text(text: &Text, evaluated: &Evaluated) -> Image {
    if is_name_of_a_repository(text, evaluated) {
        return Image::Other { host: DOCKER_HUB.to_owned() };
    }
    let (host, path) = match split(text, "/") {
        Some((host, path)) => (host, Some(path)),
        None => (text.clone(), None),
    };
    if let Some(image) = private(&host, path.as_ref()) {
        return image;
    }
    // What is unknown could hold a slash, so only what is known in front of it counts.
    match (host.as_known(), path) {
        (Some("public.ecr.aws" | "ecr-public.aws.com"), Some(_)) => Image::PublicEcr,
        (Some(host), Some(_)) if is_host(host) => Image::Other { host: host.to_owned() },
        (Some(_), _) => Image::Other { host: DOCKER_HUB.to_owned() },
        // What is unknown behind a colon is a tag: `nginx:${Tag}`.
        (None, None) if host.beginning().contains([':', '@']) => {
            Image::Other { host: DOCKER_HUB.to_owned() }
        }
        (None, _) => Image::Unknown(text.why().unwrap_or_default().into_owned()),
    }
}

/// The rule of the distribution reference: a first component is a host if it has a dot or a port,
/// or is `localhost`.
fn is_host(component: &str) -> bool {
    component.contains(['.', ':']) || component == "localhost"
}

/// Whether it begins with a repository of the world, which stands for its name and not its URI.
fn is_name_of_a_repository(text: &Text, evaluated: &Evaluated) -> bool {
    let Some(Piece::Created(created)) = text.pieces().first() else { return false };
    evaluated.resource(created).is_some_and(|one| one.kind == "AWS::ECR::Repository")
}

fn private(host: &Text, path: Option<&Text>) -> Option<Image> {
    let (account, rest, form) = HostForm::MARKS.iter().find_map(|(mark, form)| {
        let (account, rest) = split(host, mark)?;
        Some((account, rest, *form))
    })?;
    let (region, suffix) = match split(&rest, ".") {
        Some((region, suffix)) => (region, Some(suffix)),
        None => (rest, None),
    };
    let is_account =
        |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_region = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let fits = account.as_known().is_none_or(is_account)
        && region.as_known().is_none_or(is_region)
        && match suffix {
            Some(suffix) => suffix.as_known().is_none_or(|suffix| form.ends_with(suffix)),
            // A region alone is no host; one with something unknown may have its suffix in it.
            None => region.as_known().is_none(),
        };
    if !fits {
        return None;
    }
    let repository = path.cloned().unwrap_or_default();
    Some(Image::PrivateEcr { account, region, repository: untagged(&repository), form })
}

/// A path without its tag or digest.
fn untagged(path: &Text) -> Text {
    [":", "@"].iter().fold(path.clone(), |path, mark| match split(&path, mark) {
        Some((name, _)) => name,
        None => path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::{Kind, Made, Place, Resource};
    use crate::verify::texts::written;

    fn place() -> Place {
        Place { file: 0, start: 0, end: 1 }
    }

    fn evaluated() -> Evaluated {
        let resource = |id: &str, kind: &str| Resource {
            file: 0,
            id: id.into(),
            place: place(),
            kind: kind.to_owned(),
            made: Made::Surely,
            properties: Value { place: place(), kind: Kind::Map(Vec::new()) },
            names: Default::default(),
        };
        Evaluated {
            resources: vec![
                resource("Repo", "AWS::ECR::Repository"),
                resource("Stack", "AWS::CloudFormation::Stack"),
            ],
            region: Text::known("eu-west-1"),
            account: Text::known("012345678901"),
            partition: Text::known("aws"),
            hidden: Vec::new(),
            notes: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn read(form: &str) -> String {
        match of_text(&written(form), &evaluated()) {
            Image::PrivateEcr { account, region, repository, form } => {
                format!("{account} {region} {repository} {form:?}")
            }
            Image::PublicEcr => "public".to_owned(),
            Image::Other { host } => host,
            Image::Unknown(why) => format!("? {why}"),
        }
    }

    #[test]
    fn an_image_is_read_from_its_name() {
        let host = "012345678901.dkr.ecr.us-east-1.amazonaws.com";
        let table = [
            (format!("{host}/app:1"), "012345678901 us-east-1 app Plain"),
            (format!("{host}/team/app@sha256:ab"), "012345678901 us-east-1 team/app Plain"),
            (
                "{account}.dkr.ecr.{region}.{suffix}/cdk-hnb659fds-container-assets-{account}-{region}:0a"
                    .into(),
                "account region cdk-hnb659fds-container-assets-account-region Plain",
            ),
            ("{account}.dkr.ecr.{both}/app".into(), "account both app Plain"),
            (
                "012345678901.dkr.ecr-fips.us-east-1.amazonaws.com/a".into(),
                "012345678901 us-east-1 a Fips",
            ),
            (
                "012345678901.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/a".into(),
                "012345678901 cn-north-1 a DualStack",
            ),
            (
                "012345678901.dkr-ecr-fips.us-east-1.on.aws/a".into(),
                "012345678901 us-east-1 a DualStackFips",
            ),
            ("{account}.dkr.ecr.{region}.{suffix}/<Repo>:1".into(), "account region Repo Plain"),
            ("<Repo>:latest".into(), "docker.io"),
            ("<Stack>:latest".into(), "? Stack is yet to be made"),
            ("public.ecr.aws/nginx/nginx:1".into(), "public"),
            ("public.ecr.aws/{x}".into(), "public"),
            ("nginx".into(), "docker.io"),
            ("library/nginx:1".into(), "docker.io"),
            ("nginx:{tag}".into(), "docker.io"),
            ("library/{x}".into(), "docker.io"),
            ("ghcr.io/x/y".into(), "ghcr.io"),
            ("localhost:5000/y".into(), "localhost:5000"),
            ("localhost/y".into(), "localhost"),
            ("{image}".into(), "? image is unknown"),
            ("{image}:1".into(), "? image is unknown"),
            ("my{image}".into(), "? image is unknown"),
            ("{registry}/app".into(), "? registry is unknown"),
            ("1234.dkr.ecr.us-east-1.amazonaws.com/a".into(), "1234.dkr.ecr.us-east-1.amazonaws.com"),
            (
                "012345678901.dkr.ecr.us-east-1.example.com/a".into(),
                "012345678901.dkr.ecr.us-east-1.example.com",
            ),
            ("".into(), "docker.io"),
        ];
        for (form, expected) in table {
            assert_eq!(read(&form), expected, "{form}");
        }
    }
}
