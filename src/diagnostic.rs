//! What is wrong with something the user wrote, where, and what to do about it.
//!
//! A diagnostic holds facts: a stable [`Code`], a sentence, byte ranges into the file it speaks
//! of, help. Lines, columns and carets are computed only when it is printed.

mod print;
pub mod sarif;

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

pub use print::{human, human_noted, json};

/// A text file that diagnostics point into.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user gave it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source to point into; shared by every diagnostic about it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        Arc::new(Source { name: name.into(), text: text.into() })
    }

    /// Line and column of a byte offset, both from 1, columns in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..floor_boundary(&self.text, offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// The largest character boundary of `text` that is not behind `offset`.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The byte at a line and a column, both from 1 and columns in bytes, as serde_json counts them; the
/// start of the character where one is cut.
pub(crate) fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    floor_boundary(text, before.map(str::len).sum::<usize>() + column.saturating_sub(1))
}

/// A byte range of a source, with what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file that it is in.
    pub source: Arc<Source>,
    /// Bytes of the file's text; empty for a point between two.
    pub span: Range<usize>,
    /// A few words set beside the caret.
    pub text: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Note,
    /// The command goes on.
    Warning,
    /// The command stops before it writes anything.
    Error,
}

/// Something to tell the user about a file of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which rule was broken; stable between releases.
    pub code: Code,
    /// What was found and what was expected: lower case, no final period.
    pub message: String,
    /// Where; `None` when it is about no place in a file, such as a file that is not there.
    pub primary: Option<Label>,
    /// Other places that matter, such as a first definition.
    pub related: Vec<Label>,
    /// Something the user can type, one entry a line.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place, a label or help.
    pub fn error(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            primary: None,
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning without a place, a label or help.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// The same, pointing at `span` of `source`.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.primary = Some(Label { source: Arc::clone(source), span, text: text.into() });
        self
    }

    /// The same, with a second place.
    #[must_use]
    pub fn related(
        mut self,
        source: &Arc<Source>,
        span: Range<usize>,
        text: impl Into<String>,
    ) -> Self {
        self.related.push(Label { source: Arc::clone(source), span, text: text.into() });
        self
    }

    /// The same, with one more line of help.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }
}

/// Whether any of them stops the command.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

macro_rules! codes {
    ($($variant:ident $name:literal $summary:literal,)*) => {
        /// The rules a diagnostic can speak of. Their names are stable: scripts may match on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The kebab-case name, as printed in brackets.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// What it means, in one sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    NotUtf8 "not-utf8" "A file is not UTF-8.",
    FileTooLarge "file-too-large" "A file is larger than any real one of its kind.",
    ConfigMissing "config-missing" "There is no config file.",
    ConfigExists "config-exists" "`init` would write over a config that is there.",
    MissingFlag "missing-flag" "A flag is needed where nobody can be asked.",
    FileMissing "file-missing" "A file that was named is not there.",
    NothingToVerify "nothing-to-verify" "There is no Fargate task, and no endpoint that one could pull through.",
    YamlSyntax "yaml-syntax" "A file is not well-formed YAML.",
    UnsupportedYaml "unsupported-yaml" "A file uses what YAML has and this kind of file does not take: in the config anchors, aliases, merges and tags, anywhere a second document.",
    DuplicateKey "duplicate-key" "A key stands twice in one mapping.",
    UnknownKey "unknown-key" "A key is not one of those that are known here.",
    MissingKey "missing-key" "A key that is required here is not there.",
    WrongType "wrong-type" "A value is of another kind than is expected, such as a list for a text.",
    UnknownValue "unknown-value" "A value is not one of the words that are known here.",
    EmptyList "empty-list" "A list that needs at least one entry has none.",
    DuplicateEntry "duplicate-entry" "A list or a set of stacks names the same thing twice.",
    AccountIdNumber "account-id-number" "An account id is not in quotes, so YAML reads a number and loses leading zeros.",
    InvalidAccountId "invalid-account-id" "An account id is not twelve digits.",
    UnknownRegion "unknown-region" "A region is not one that AWS has.",
    MixedPartitions "mixed-partitions" "The regions of one stack are in different partitions.",
    InvalidStackName "invalid-stack-name" "A stack name is not made of 1 to 128 of a-z, 0-9 and hyphens.",
    InvalidId "invalid-id" "A resource id is not of the form that EC2 gives to that kind of resource.",
    ForeignPrefixList "foreign-prefix-list" "The id of a prefix list is that of S3's in another region.",
    InvalidName "invalid-name" "A parameter, export, service, host or bucket name is not one that AWS accepts.",
    InvalidPrefix "invalid-prefix" "Text is not an address and a length such as 10.0.0.0/16.",
    PrefixHostBits "prefix-host-bits" "A prefix has bits set to the right of its length.",
    NotIpv4 "not-ipv4" "An IPv6 value stands where only IPv4 can be used.",
    VpcPrefixLength "vpc-prefix-length" "A VPC's IPv4 prefix is between /16 and /28.",
    InvalidAddress "invalid-address" "Text is not an IPv4 address.",
    AddressOutsideCidrs "address-outside-cidrs" "An endpoint's address is in none of the VPC's prefixes.",
    InvalidTag "invalid-tag" "A tag breaks one of EC2's rules for tags.",
    ConflictingKeys "conflicting-keys" "Two keys cannot be used together.",
    LiteralInManyRegions "literal-in-many-regions" "An id of one region stands in a stack for several.",
    UnconfirmedFact "unconfirmed-fact" "A name that AWS does not document for this partition has to be given.",
    LockMissing "lock-missing" "There is no lock file.",
    LockSyntax "lock-syntax" "The lock file is not JSON of the lock's form, or was cut short.",
    LockNotCanonical "lock-not-canonical" "The lock file was changed by something other than `resolve`.",
    LockNewer "lock-newer" "The lock file was written by a newer version.",
    LockLacksFact "lock-lacks-fact" "The lock file lacks something the config needs.",
    MissingFact "missing-fact" "A fact that the config needs is not built into the program.",
    UncoveredAddress "uncovered-address" "No AMAZON entry of the region covers an address.",
    InvalidIpRanges "invalid-ip-ranges" "A file is not a publication of ip-ranges.json.",
    OlderIpRanges "older-ip-ranges" "The publication of ip-ranges.json is older than the lock's.",
    InvalidPrefixLists "invalid-prefix-lists" "A file is not what the AWS CLI prints about prefix lists.",
    Unanswered "unanswered" "A source did not answer, and something else serves in its place.",
    UnusedInput "unused-input" "A file that was given holds nothing that the config asks for.",
    ClockBehind "clock-behind" "The clock is behind days on which the lock's addresses were seen.",
    OldObservation "old-observation" "Nobody has looked for a long time which addresses a host has.",
    InvalidAnswers "invalid-answers" "A file is not what `dig +noall +answer` prints.",
    QuotaExceeded "quota-exceeded" "The stack would go over a quota of EC2 or CloudFormation.",
    NearQuota "near-quota" "The stack uses four fifths of a quota or more.",
    ParameterConflict "parameter-conflict" "One parameter name is used for values of two kinds.",
    SharedPrefix "shared-prefix" "A prefix that egress is opened to is shared with services that run customers' code.",
    LocalZonePrefix "local-zone-prefix" "A prefix belongs to a Local Zone's border group, not to the region's own.",
    AddressCount "address-count" "An endpoint has one address a subnet, and another number of them is given.",
    DefaultEgressRemoved "default-egress-removed" "A rule for an existing group takes away its default rule that allows everything.",
    OpenPolicy "open-policy" "An endpoint policy allows more, or less, than least privilege would have it.",
    UnknownService "unknown-service" "A service is not among the endpoint services of AWS that are known here.",
    UnknownHost "unknown-host" "A service adds no egress rule, because no host of it is known that could be looked up.",
    EcsEndpointsLeftOut "ecs-endpoints-left-out" "None of the three endpoints of ECS is made in a region where Fargate uses them.",
    UnusedKey "unused-key" "A value in the config has no effect.",
    NotGenerated "not-generated" "A file that is to be explained is neither the config nor a template that a stack of it generates.",
    NoSuchLine "no-such-line" "A place that is to be explained is not in its file.",
    StaleOutput "stale-output" "A generated file is of no stack of the config, or in a form that is not written any more.",
    OutputMissing "output-missing" "A file that config and lock describe is not in the output folder.",
    OutputDiffers "output-differs" "A file in the output folder is not what config and lock say.",
    LockUnusedFact "lock-unused-fact" "The lock holds something that nothing in the config asks for.",
    WorldAddress "world-address" "A host answers with an address outside of every pinned prefix.",
    WorldPrefixGone "world-prefix-gone" "A pinned prefix is no longer published for AMAZON in its region.",
    WorldPrefixSplit "world-prefix-split" "A pinned prefix is published in smaller parts now.",
    WorldPrefixNarrower "world-prefix-narrower" "A narrower prefix than the pinned one is published for an address now.",
    WorldPrefixMoved "world-prefix-moved" "A pinned prefix is published for another region, border group or services now.",
    WorldPrefixList "world-prefix-list" "S3's prefix list has another id than the pinned one.",
    WorldEndpointAddresses "world-endpoint-addresses" "An endpoint has other addresses than the pinned ones.",
    MovedPrefix "moved-prefix" "A pinned prefix is published for somebody else now.",
    KeptPrefix "kept-prefix" "A pinned prefix is not published any more; it stays pinned.",
    SmallerIpRanges "smaller-ip-ranges" "The publication of ip-ranges.json has lost more than a tenth of its entries.",
    PrefixListDiffers "prefix-list-differs" "EC2 answers with another prefix list id than the one known before.",
    Template "template" "A template cannot be rendered, or does not render what was planned.",
    Unproved "unproved" "A template that is about to be written does not prove that tasks can pull.",
    NotCloudFormation "not-cloudformation" "A file is not a CloudFormation template.",
    UnknownReference "unknown-reference" "A template refers to what is not in it.",
    ReferenceLoop "reference-loop" "A condition depends on itself.",
    InvalidFunction "invalid-function" "A function of CloudFormation is given what it does not take.",
    DuplicateExport "duplicate-export" "Two outputs export the same name.",
    TemplateTooLarge "template-too-large" "A template comes to more than any that CloudFormation takes.",
    InvalidParameters "invalid-parameters" "A file does not hold values of parameters.",
    NotTaskDefinition "not-task-definition" "A file is neither a template nor a task definition, or none of its task definitions is for Fargate.",
    SeveralRegions "several-regions" "Task definitions that one stack is to serve are in several regions.",
    Unseen "unseen" "What a task definition needs does not stand in the files.",
    UnusedParameter "unused-parameter" "A value is given for a parameter that no template has.",

    // What `verify` finds; `verify/catalogue` has a page for each.
    EndpointMissing "endpoint-missing" "A service that the tasks need has no endpoint in their VPC, and there is no other way to it.",
    EndpointType "endpoint-type" "An endpoint is not of the type that its service needs.",
    EndpointServiceUnknown "endpoint-service-unknown" "An endpoint names a service that AWS does not have.",
    EndpointServicePartition "endpoint-service-partition" "An endpoint's service name begins as it does in another partition.",
    EndpointServiceRegion "endpoint-service-region" "An endpoint names the service of another region.",
    EndpointWithoutSubnets "endpoint-without-subnets" "An interface endpoint has no subnets, so it has no interface.",
    EndpointProperty "endpoint-property" "An endpoint has a property that endpoints of its type do not take.",
    DuplicateEndpoint "duplicate-endpoint" "Two endpoints with private DNS in one VPC are for the same service.",
    EndpointSubnetsInOneZone "endpoint-subnets-in-one-zone" "Two subnets of an endpoint are in one availability zone.",
    EndpointSubnetVpc "endpoint-subnet-vpc" "An endpoint's subnet or group is in another VPC than the endpoint.",
    OtherVpc "other-vpc" "A task's group, or its subnet's route table, is in another VPC than the subnet.",
    EndpointZones "endpoint-zones" "Tasks run in an availability zone in which the endpoint has no interface.",
    EcsEndpointsInPart "ecs-endpoints-in-part" "One or two of the three endpoints of ECS are there, in a region where it takes all or none.",
    PrivateDnsOff "private-dns-off" "Private DNS is off, so the service's name leads past the endpoint.",
    VpcDnsSupportOff "vpc-dns-support-off" "The VPC has DNS support off, so no name of an endpoint resolves.",
    VpcDnsHostnamesOff "vpc-dns-hostnames-off" "The VPC has DNS host names off, which private DNS needs.",
    ForeignNameServers "foreign-name-servers" "The VPC's name servers are not Amazon's and may not know the endpoints' names.",
    PrivateHostedZone "private-hosted-zone" "A private hosted zone has the names of an AWS service in it.",
    EndpointIngressMissing "endpoint-ingress-missing" "The endpoint's groups let in no HTTPS from the tasks.",
    EndpointIngressPartial "endpoint-ingress-partial" "The endpoint's groups let in HTTPS from some of the tasks' subnets only.",
    EndpointDefaultGroup "endpoint-default-group" "An endpoint wears the VPC's default group, which lets in nobody but itself.",
    WideEndpointIngress "wide-endpoint-ingress" "An endpoint's group lets in more than HTTPS from the VPC.",
    EndpointEgress "endpoint-egress" "An endpoint's group lets something out, though an endpoint opens no connection.",
    EmptyEgressList "empty-egress-list" "An empty list of egress rules leaves EC2's rule that allows everything.",
    TaskEgressMissing "task-egress-missing" "The tasks' groups let out no HTTPS to the endpoint.",
    TaskEgressPartial "task-egress-partial" "The tasks' groups let out HTTPS to some of the endpoint's interfaces only.",
    S3EgressMissing "s3-egress-missing" "The tasks' groups let out no HTTPS to S3.",
    WrongPrefixList "wrong-prefix-list" "A prefix list id is not S3's in this region: it is another service's or another region's.",
    MalformedPrefixList "malformed-prefix-list" "A prefix list id is not one that EC2 gives.",
    WideTaskEgress "wide-task-egress" "The tasks' groups let out more than the tasks need.",
    WideTaskIngress "wide-task-ingress" "The tasks' groups let in everyone; a pull needs nobody to be let in.",
    RemovesDefaultEgress "removes-default-egress" "A rule of its own takes the rule that allows everything from a group made elsewhere.",
    EfsEgressMissing "efs-egress-missing" "The tasks' groups let out no NFS to the file system.",
    EfsIngressMissing "efs-ingress-missing" "The file system's mount targets let in no NFS from the tasks.",
    DuplicateRule "duplicate-rule" "A group has the same rule twice; EC2 does not look at descriptions.",
    TooManyRules "too-many-rules" "A group has more rules than EC2's quota.",
    TooManyGroups "too-many-groups" "An interface wears more groups than EC2's quota.",
    InvalidRule "invalid-rule" "A rule has no peer or more than one, or ports that EC2 does not take.",
    InvalidDescription "invalid-description" "A description or name has characters that EC2 does not take, or is too long.",
    CircularGroups "circular-groups" "Groups name each other inline, so that none of them can be made first.",
    UnusedTaskGroup "unused-task-group" "A group has the rules that the tasks need, and the tasks wear another.",
    GatewayWithoutRouteTables "gateway-without-route-tables" "A gateway endpoint has no route tables, so nothing leads to it.",
    GatewayMissesRouteTable "gateway-misses-route-table" "The route table of a task's subnet does not lead to the gateway endpoint.",
    GatewayTwice "gateway-twice" "Two gateway endpoints of one service are in one route table.",
    DeadEndRoute "dead-end-route" "A default route leads to a gateway from which nothing gets out.",
    PublicRoute "public-route" "A task's subnet has a way to the internet beside the endpoints.",
    PublicAddress "public-address" "A public address does not go with where the task's subnet leads.",
    AclBlocks "acl-blocks" "A network ACL does not let HTTPS out, or the answers in.",
    PolicyMissesAction "policy-misses-action" "An endpoint's policy does not allow an action that a pull needs.",
    PolicyLoginResource "policy-login-resource" "An endpoint's policy allows logging in on a repository, which logging in does not have.",
    PolicyMissesBucket "policy-misses-bucket" "S3's endpoint policy does not allow reading the bucket that ECR keeps layers in.",
    PolicyCondition "policy-condition" "An endpoint's policy asks for something that requests for layers do not carry.",
    PolicyWithoutPrincipal "policy-without-principal" "A statement of an endpoint's policy has no principal.",
    PolicyMissesObject "policy-misses-object" "S3's endpoint policy does not allow reading an environment file.",
    PolicyMissesRepository "policy-misses-repository" "An endpoint's policy does not allow pulling from the image's repository.",
    PolicyTooLong "policy-too-long" "An endpoint's policy is longer than EC2 takes.",
    ExecutionRoleMissing "execution-role-missing" "A task definition that pulls from ECR has no execution role.",
    RoleMissesAction "role-misses-action" "A task's role does not allow what the task needs.",
    RoleNotAssumable "role-not-assumable" "A role of a task trusts others and not ECS.",
    ImageOutsideEcr "image-outside-ecr" "An image is not in private ECR, and no endpoint leads to it.",
    ImageOtherRegion "image-other-region" "An image is in another region's ECR, whose layers the gateway endpoint does not serve.",
    ServiceOtherRegion "service-other-region" "A log group, secret or parameter is in another region, where no endpoint of the VPC leads.",
    WindowsImage "windows-image" "A Windows image has layers that come from Microsoft, past the endpoints.",
    OldPlatformVersion "old-platform-version" "An old platform version pulls in another way.",
    PullThroughCache "pull-through-cache" "A pull-through cache has to reach its source on the first pull.",
    NetworkMode "network-mode" "A Fargate task definition's network mode is not awsvpc.",
    RegistryHost "registry-host" "A registry's FIPS or dual-stack host may not be served by the endpoint's private DNS.",
    StartsBeforeEndpoints "starts-before-endpoints" "A service does not wait for the endpoints that its first tasks need.",
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The known name nearest to `found`, if one is near enough to be meant.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Text of any length may come in, and the names of a file are of any length too; what is compared
    // takes time by the product.
    const LONGEST: usize = 64;
    if found.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .filter(|name| name.len() <= 2 * LONGEST)
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| {
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn nearest_suggests_only_what_is_near() {
        let known = ["region", "regions", "registries", "network"];
        assert_eq!(nearest("registry", known), Some("registries"));
        assert_eq!(nearest("regoin", known), Some("region"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("f", "a\nüx: y\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(4), (2, 2));
        assert_eq!(source.line_column(999), (3, 1));
    }
}
