//! Single values of a config: ids, prefixes, and where the network's values come from.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use super::read::{Fields, Reader};
use super::{ListSetting, Located, Setting};
use crate::aws::ids::{ResourceId, ResourceIdError};
use crate::aws::{AccountId, Region};
use crate::diagnostic::Code;
use crate::prefix::{Prefix, PrefixError, shorten};
use crate::verify::can_be_of_a_vpc;
use crate::yaml::{Kind, Node, ScalarType, scalar_type};

/// A region of AWS.
pub(super) fn region(
    reader: &mut Reader,
    node: &Node,
    path: String,
) -> Option<Located<&'static Region>> {
    let text = reader.text(node, path, "a region such as `ap-northeast-1`")?;
    let Some(region) = Region::named(text.value) else {
        let help = match Region::nearest(text.value) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a region's code, such as `ap-northeast-1` for Tokyo".to_owned(),
        };
        reader.error(
            Code::UnknownRegion,
            text.span,
            format!("there is no region `{}`", shorten(text.value)),
            "unknown region",
            Some(help),
        );
        return None;
    };
    Some(text.map(|_| region))
}

/// An account id, which has to be quoted.
pub(super) fn account(
    reader: &mut Reader,
    node: &Node,
    path: String,
) -> Option<Located<AccountId>> {
    if let Kind::Scalar { text, plain } = &node.kind
        && scalar_type(text, *plain) == ScalarType::Number
    {
        let digits = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let help = if digits {
            format!("write `\"{text:0>12}\"`: quoted, and twelve digits")
        } else {
            "write twelve digits in quotes, as in `\"012345678901\"`".to_owned()
        };
        reader.error(
            Code::AccountIdNumber,
            node.span.clone(),
            format!("account id `{}` is read as a number", shorten(text)),
            "not in quotes",
            Some(help),
        );
        return None;
    }
    let text = reader.text(node, path, "an account id such as `\"012345678901\"`")?;
    match text.value.parse() {
        Ok(account) => Some(text.map(|_| account)),
        Err(error) => {
            reader.error(
                Code::InvalidAccountId,
                text.span,
                format!("`{}` is not an account id", shorten(text.value)),
                format!("{error}"),
                Some("write twelve digits in quotes, as in `\"012345678901\"`".into()),
            );
            None
        }
    }
}

/// An id of one kind of EC2 resource.
pub(super) fn id<T: ResourceId>(
    reader: &mut Reader,
    node: &Node,
    path: String,
) -> Option<Located<T>> {
    let example = format!("{}0a1b2c3d4e5f60718", T::PREFIX);
    let expected = format!("the id of {} such as `{example}`", T::KIND);
    let text = reader.text(node, path, &expected)?;
    match text.value.parse() {
        Ok(id) => Some(text.map(|_| id)),
        Err(error) => {
            invalid_id(reader, &text, &error, &example);
            None
        }
    }
}

fn invalid_id(reader: &mut Reader, text: &Located<&str>, error: &ResourceIdError, example: &str) {
    reader.error(
        Code::InvalidId,
        text.span.clone(),
        format!("`{}` is not the id of {}", shorten(text.value), error.kind),
        format!("expected `{}` and 8 or 17 of 0-9 and a-f", error.prefix),
        Some(format!("write an id such as `{example}`")),
    );
}

/// An IPv4 prefix of a VPC.
///
/// Source for its length: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
pub(super) fn vpc_prefix(
    reader: &mut Reader,
    node: &Node,
    path: String,
) -> Option<Located<Prefix>> {
    let text = reader.text(node, path, "a prefix such as `10.0.0.0/16`")?;
    let written = shorten(text.value);
    // A suggestion has to be one that would be taken.
    let near = |address: IpAddr, length: u8| {
        let prefix =
            Prefix::containing(address, length.clamp(16, 28)).filter(|p| can_be_of_a_vpc(*p));
        prefix.map_or("10.0.0.0/16".to_owned(), |prefix| prefix.to_string())
    };
    let not_ipv4 = || {
        (
            Code::NotIpv4,
            format!("`{written}` is IPv6, expected an IPv4 prefix"),
            "ECR's endpoints are reached over IPv4".to_owned(),
            "write the VPC's IPv4 prefix, such as `10.0.0.0/16`".to_owned(),
        )
    };
    let (code, message, label, help) = match Prefix::from_str(text.value) {
        Ok(prefix) if !prefix.is_ipv4() => not_ipv4(),
        Err(PrefixError::HostBits { address, .. } | PrefixError::NoLength(address))
            if !address.is_ipv4() =>
        {
            not_ipv4()
        }
        Ok(prefix) if !(16..=28).contains(&prefix.length()) => (
            Code::VpcPrefixLength,
            format!("`{written}` is not a prefix a VPC can have, expected /16 to /28"),
            format!("length {}", prefix.length()),
            format!(
                "write the VPC's own prefix, such as `{}`",
                near(prefix.network(), prefix.length())
            ),
        ),
        Ok(prefix) if !can_be_of_a_vpc(prefix) => (
            Code::InvalidPrefix,
            format!("`{written}` is not a prefix a VPC can have"),
            "addresses that belong to no network".to_owned(),
            "write the VPC's own prefix, such as `10.0.0.0/16`".to_owned(),
        ),
        Ok(prefix) => return Some(text.map(|_| prefix)),
        Err(PrefixError::HostBits { address, network }) => (
            Code::PrefixHostBits,
            format!("prefix `{written}` has host bits set"),
            "host bits set".to_owned(),
            format!("write `{}`", near(address, network.length())),
        ),
        Err(PrefixError::NoLength(address)) => (
            Code::InvalidPrefix,
            format!("`{written}` has no length, expected a prefix such as `10.0.0.0/16`"),
            "no `/` and length".to_owned(),
            format!("write the VPC's prefix, such as `{}`", near(address, 16)),
        ),
        Err(error) => (
            Code::InvalidPrefix,
            format!("`{written}` is not a prefix, expected one such as `10.0.0.0/16`"),
            error.to_string(),
            "write an IPv4 address, `/`, and a length of 16 to 28".to_owned(),
        ),
    };
    reader.error(code, text.span, message, label, Some(help));
    None
}

/// A private IPv4 address of an endpoint.
pub(super) fn address(reader: &mut Reader, node: &Node, path: String) -> Option<Located<Ipv4Addr>> {
    let text = reader.text(node, path, "an address such as `10.0.1.10`")?;
    let written = shorten(text.value);
    let (code, message) = match text.value.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => return Some(text.map(|_| address)),
        Ok(IpAddr::V6(_)) => {
            (Code::NotIpv4, format!("`{written}` is an IPv6 address, expected IPv4"))
        }
        Err(_) => (Code::InvalidAddress, format!("`{written}` is not an IPv4 address")),
    };
    let help = "write the address of the endpoint's network interface, such as `10.0.1.10`";
    reader.error(code, text.span, message, "expected an address", Some(help.into()));
    None
}

/// The name of a parameter or an export, under the only key of a mapping.
enum Reference {
    Parameter(Located<String>),
    Import(Located<String>),
}

fn reference(reader: &mut Reader, node: &Node, path: &str) -> Option<Reference> {
    let known = &["parameter", "import"];
    let fields = reader.fields(node, path.to_owned(), node.span.clone(), known)?;
    match (fields.get("parameter"), fields.get("import")) {
        (Some((node, path)), None) => parameter_name(reader, node, path).map(Reference::Parameter),
        (None, Some((node, path))) => export_name(reader, node, path).map(Reference::Import),
        (Some(_), Some(_)) => {
            reader.error(
                Code::ConflictingKeys,
                node.span.clone(),
                format!("`{path}` has both `parameter` and `import`"),
                "one of the two",
                Some("keep the one the value comes from".into()),
            );
            None
        }
        (None, None) => {
            reader.missing(
                &fields,
                "parameter",
                "write `{parameter: Name}` or `{import: ExportName}`",
            );
            None
        }
    }
}

/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
fn parameter_name(reader: &mut Reader, node: &Node, path: String) -> Option<Located<String>> {
    let text = reader.text(node, path, "the name of a parameter")?;
    let well_formed = (1..=255).contains(&text.value.len())
        && text.value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if well_formed {
        return Some(text.map(str::to_owned));
    }
    reader.error(
        Code::InvalidName,
        text.span,
        format!("`{}` is not the name of a parameter", shorten(text.value)),
        "expected 1 to 255 letters and digits",
        Some("write a name such as `VpcId`".into()),
    );
    None
}

fn export_name(reader: &mut Reader, node: &Node, path: String) -> Option<Located<String>> {
    let text = reader.text(node, path, "the name of an export")?;
    let well_formed = (1..=255).contains(&text.value.len())
        && text.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-".contains(&byte));
    if well_formed {
        return Some(text.map(str::to_owned));
    }
    reader.error(
        Code::InvalidName,
        text.span,
        format!("`{}` is not the name of an export", shorten(text.value)),
        "expected 1 to 255 letters, digits, colons and hyphens",
        Some("`aws cloudformation list-exports` prints the names there are".into()),
    );
    None
}

type ReadLiteral<T> = fn(&mut Reader, &Node, String) -> Option<Located<T>>;

fn one<T>(
    reader: &mut Reader,
    node: &Node,
    path: String,
    literal: ReadLiteral<T>,
) -> Option<Setting<T>> {
    if let Kind::Mapping(_) = &node.kind {
        return reference(reader, node, &path).map(|reference| match reference {
            Reference::Parameter(name) => Setting::Parameter(name),
            Reference::Import(name) => Setting::Import(name),
        });
    }
    literal(reader, node, path).map(Setting::Literal)
}

/// A value under a key: a literal, a parameter, an import, or the parameter it is when left out.
pub(super) fn setting<T>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    parameter: &str,
    literal: ReadLiteral<T>,
) -> Option<Setting<T>> {
    match fields.get(key) {
        Some((node, path)) => one(reader, node, path, literal),
        None => Some(Setting::Parameter(fields.default(key, parameter.to_owned()))),
    }
}

/// A list of values under a key, as [`setting`]; an item may be a parameter or an import too.
pub(super) fn list_setting<T>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    parameter: &str,
    expected: &str,
    literal: ReadLiteral<T>,
) -> Option<ListSetting<T>>
where
    T: Ord + Clone,
{
    let Some((node, path)) = fields.get(key) else {
        return Some(ListSetting::Parameter(fields.default(key, parameter.to_owned())));
    };
    if let Kind::Mapping(_) = &node.kind {
        return reference(reader, node, &path).map(|reference| match reference {
            Reference::Parameter(name) => ListSetting::Parameter(name),
            Reference::Import(name) => ListSetting::Import(name),
        });
    }
    items(reader, node, &path, expected, literal).map(ListSetting::Items)
}

/// The items of a list, each of them as [`setting`]; at least one.
pub(super) fn items<T>(
    reader: &mut Reader,
    node: &Node,
    path: &str,
    expected: &str,
    literal: ReadLiteral<T>,
) -> Option<Vec<Setting<T>>>
where
    T: Ord + Clone,
{
    let nodes = reader.list(node, path, expected)?;
    let count = nodes.len();
    let items: Vec<Setting<T>> =
        nodes.into_iter().filter_map(|(node, path)| one(reader, node, path, literal)).collect();
    let literals: Vec<Located<T>> = items
        .iter()
        .filter_map(|item| match item {
            Setting::Literal(literal) => Some(literal.clone()),
            _ => None,
        })
        .collect();
    reader.no_duplicates(&literals);
    (items.len() == count).then_some(items)
}
