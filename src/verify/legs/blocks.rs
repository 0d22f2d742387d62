//! What stops traffic or names of a whole VPC: VPC Block Public Access, rules of Route 53's resolver,
//! DNS Firewall.

use super::super::evidence::{Claim, Evidence, Failing};
use super::super::names::AwsName;
use super::super::network::is;
use super::super::view::View;
use super::Placement;
use crate::cloudformation::{Made, Resource, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The resources of a type.
fn of_kind<'a>(view: &View<'a>, kind: &str) -> impl Iterator<Item = &'a Resource> {
    view.evaluated.resources.iter().filter(move |resource| resource.kind == kind)
}

/// Whether what goes by an internet gateway from `subnet`, a NAT gateway's or the task's own, is let
/// through; nothing where no template blocks it.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html>
pub(super) fn public_access(
    from: &Placement<'_>,
    subnet: &Value,
    by_nat: bool,
) -> Option<Evidence> {
    let options = of_kind(from.view, "AWS::EC2::VPCBlockPublicAccessOptions").find_map(|one| {
        let mode = one.properties.get("InternetGatewayBlockMode")?;
        let blocks = match mode.as_known() {
            Some("block-bidirectional") => Truth::Yes,
            Some("block-ingress") => (!by_nat).into(),
            Some(_) => Truth::No,
            None => Truth::Unknown,
        };
        Some((mode, blocks.and(one.made.truth()))).filter(|(_, blocks)| !blocks.is_no())
    });
    let (mode, blocks) = options?;
    let excluded = excluded(from, subnet, by_nat);
    if excluded.is_yes() {
        return None;
    }
    if excluded.is_no() && blocks.is_yes() {
        let text =
            format!("VPC Block Public Access (`{mode}`) lets nothing through internet gateways");
        let failing = Failing::fault(Code::DeadEndRoute, Claim::at(mode.place, text));
        return Some(
            failing.help("add an AWS::EC2::VPCBlockPublicAccessExclusion of the VPC").into(),
        );
    }
    let text = format!("whether VPC Block Public Access (`{mode}`) lets {subnet} through");
    Some(Evidence::Open(Claim::at(mode.place, text)))
}

/// Whether an exclusion lets the whole VPC through; of a subnet's nobody knows whether it is enough.
fn excluded(from: &Placement<'_>, subnet: &Value, by_nat: bool) -> Truth {
    let exclusions = of_kind(from.view, "AWS::EC2::VPCBlockPublicAccessExclusion").map(|one| {
        let mode = one.properties.get("InternetGatewayExclusionMode").and_then(Value::as_known);
        let lets = match mode {
            Some("allow-bidirectional") => Truth::Yes,
            Some("allow-egress") if by_nat => Truth::Yes,
            _ => Truth::Unknown,
        };
        let vpc = match (one.properties.get("VpcId"), &from.subnet.vpc) {
            (Some(of), Some(vpc)) => is(of, vpc),
            (Some(_), None) => Truth::Unknown,
            (None, _) => Truth::No,
        };
        let subnets = [subnet, &from.subnet.id];
        let of_subnet = one.properties.get("SubnetId").map_or(Truth::No, |of| {
            Truth::any(subnets.map(|subnet| is(of, subnet))).and(Truth::Unknown)
        });
        vpc.or(of_subnet).and(lets).and(one.made.truth())
    });
    Truth::any(exclusions)
}

/// What may keep the VPC's resolver from answering for AWS's names as it does by itself.
pub(super) fn names(from: &Placement<'_>) -> Vec<Evidence> {
    forwarded(from).into_iter().chain(blocked_names(from)).collect()
}

/// Associations of a type with the VPC: what they associate, where and whether that is sure.
fn associated<'a>(
    from: &Placement<'a>,
    kind: &str,
    [vpc, what]: [&'static str; 2],
) -> impl Iterator<Item = (&'a Value, &'a Made)> {
    let own = from.subnet.vpc.clone();
    of_kind(from.view, kind).filter_map(move |one| {
        let (vpc, what) = (one.properties.get(vpc)?, one.properties.get(what)?);
        let is_here = own.as_ref().map_or(Truth::Unknown, |own| is(vpc, own));
        (!is_here.is_no()).then_some((what, &one.made))
    })
}

/// Rules that forward AWS's names to name servers of somebody's own.
///
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network.html>
fn forwarded(from: &Placement<'_>) -> Vec<Evidence> {
    let kind = "AWS::Route53Resolver::ResolverRuleAssociation";
    let rules = associated(from, kind, ["VPCId", "ResolverRuleId"]);
    let evidence = rules.filter_map(|(id, _)| {
        let Some(rule) = super::resource(from.view, id) else {
            let text = format!("the resolver rule {id} leaves AWS's names alone");
            return Some(Evidence::Assumed(Claim::at(id.place, text)));
        };
        let kind = rule.properties.get("RuleType").and_then(Value::as_known);
        let domain = rule.properties.get("DomainName")?;
        if matches!(kind, Some("SYSTEM" | "RECURSIVE")) || !may_be_aws(domain) {
            return None;
        }
        let text =
            format!("whether the servers that {} forwards `{domain}` to know AWS's names", rule.id);
        Some(Evidence::Open(Claim::at(domain.place, text)))
    });
    evidence.collect()
}

/// Rules of DNS Firewall that block AWS's names.
///
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html>
fn blocked_names(from: &Placement<'_>) -> Option<Evidence> {
    let kind = "AWS::Route53Resolver::FirewallRuleGroupAssociation";
    let (id, _) = associated(from, kind, ["VpcId", "FirewallRuleGroupId"]).next()?;
    let groups = of_kind(from.view, "AWS::Route53Resolver::FirewallRuleGroup");
    let rules = groups.filter_map(|group| group.properties.get("FirewallRules"));
    let lets = |rule: &Value| {
        matches!(rule.get("Action").and_then(Value::as_known), Some("ALLOW" | "ALERT"))
    };
    let block = rules.flat_map(Value::entries).any(|rule| !lets(rule));
    // Which list a rule is for is an attribute, which no template tells.
    let lists = of_kind(from.view, "AWS::Route53Resolver::FirewallDomainList");
    let mut domains = lists.filter_map(|list| list.properties.get("Domains"));
    if block && domains.any(|domains| domains.entries().iter().any(may_be_aws)) {
        let text = format!("whether DNS Firewall ({id}) lets AWS's names resolve");
        return Some(Evidence::Open(Claim::at(id.place, text)));
    }
    let text = format!("DNS Firewall ({id}) lets AWS's names resolve");
    Some(Evidence::Assumed(Claim::at(id.place, text)))
}

/// Whether a domain has names of AWS in it: it is one, or one above all of them.
fn may_be_aws(domain: &Value) -> bool {
    let Some(known) = domain.as_known() else { return true };
    let bare = known.trim_start_matches("*.").trim_end_matches('.').to_ascii_lowercase();
    let above = ["", "*", "com", "cn", "com.cn", "eu", "aws", "gov", "uk"];
    let name = Value::text(domain.place, crate::cloudformation::Text::known(bare.as_str()));
    above.contains(&bare.as_str()) || AwsName::of(&name).is_some()
}
