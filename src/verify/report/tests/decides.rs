//! What is said once, and which of several ways is spoken of.

use super::*;

/// Beside the tasks' own subnet the sentence may be about any: the interface that answers may be in
/// another.
#[test]
fn assumptions_that_differ_in_the_subnet_or_the_endpoint_are_one() {
    let leg = |need, by: &str| {
        let in_subnet = |subnet: &str| {
            let all = ["SubnetA", "SubnetB"].map(|one| assumed(&format!("{by} answers in {one}")));
            let own = [assumed(&format!("{subnet} is in the VPC")), assumed("DNS support is on")];
            let evidence = Evidence::All(own.into_iter().chain(all).collect());
            Origin { subnet: subnet.to_owned(), paths: vec![path(Via::Endpoint, by, evidence)] }
        };
        let origins = vec![in_subnet("SubnetA"), in_subnet("SubnetB")];
        Leg { need, target: by.to_owned(), origins }
    };
    let verification = of(vec![leg(Need::RegistryAuth, "Api"), leg(Need::Manifest, "Dkr")]);
    let text = said(&verification);
    assert!(
        text.contains(
            "  assuming\n    each of SubnetA and SubnetB is in the VPC  (app.yaml:5)\n    DNS support \
             is on  (app.yaml:5)\n    each of Api and Dkr answers in each of SubnetA and SubnetB  \
             (app.yaml:5)\n\n"
        ),
        "{text}"
    );
    let programs = ways::assumptions(&verification.outcomes[0].tasks[0], Trust::Trusting);
    assert_eq!(programs.len(), 7, "programs get each: {programs:?}");
}

#[test]
fn a_reason_that_holds_in_several_subnets_is_said_once() {
    let fails = |subnet: &str, line: &str| -> (String, Evidence) {
        let claim = Claim::at(at(line), format!("nothing lets in {subnet}"));
        (subnet.to_owned(), Failing::fault(Code::EndpointIngressMissing, claim).into())
    };
    let blocked = |origins: Vec<(String, Evidence)>| {
        let origins = origins.iter().map(|(name, evidence)| (name.as_str(), evidence.clone()));
        said(&of(vec![leg(Need::RegistryAuth, "ecr.api", origins.collect())]))
    };
    let (a, b, c) = (fails("A", "Web"), fails("B", "EcrApi"), fails("C", "Web"));
    let text = blocked(vec![a.clone(), b.clone()]);
    let once = "blocked\n    in both subnets: A, B\n      fails: nothing lets in the subnet";
    assert!(text.contains(once), "{text}");
    let text = blocked(vec![a.clone(), b.clone(), c.clone()]);
    assert!(text.contains("in all 3 subnets: A, B, C\n"), "{text}");
    let text = blocked(vec![a.clone(), b, c, ("D".to_owned(), holds("on"))]);
    assert!(text.contains("in 3 of 4 subnets: A, B, C\n"), "{text}");
    let text = blocked(vec![a]);
    assert!(text.contains("blocked      nothing lets in A\n"), "{text}");
    let different = (0..40).map(|number| {
        let name = format!("Subnet{number}");
        let claim = Claim::new(format!("reason {number}"));
        (name, Failing::fault(Code::EndpointIngressMissing, claim).into())
    });
    let text = blocked(different.collect());
    assert!(text.contains("and 36 more, which --evidence says\n"), "{text}");
    assert!(text.lines().count() < 15, "{text}");
}

/// A network with endpoints whose task may not go out by the NAT that is there too.
#[test]
fn a_way_that_nobody_means_is_no_reason() {
    let no_rule: fn() -> Evidence = || {
        let claim = claim("nothing lets out TCP 443 to public addresses");
        Failing::fault(Code::TaskEgressMissing, claim).into()
    };
    let elsewhere = || Failing::plain(claim("the name leads to the endpoint")).into();
    let nat = |name: Evidence| {
        let mut nat = path(Via::Nat, "Nat", no_rule());
        nat.steps.push(Step { aspect: Aspect::Route, evidence: holds("Nat leads out") });
        nat.steps[0] = Step { aspect: Aspect::Name, evidence: name };
        nat.steps[1].aspect = Aspect::Egress;
        nat
    };
    let reasons = |first: Path, nat: Path| {
        let origin = Origin { subnet: "SubnetA".to_owned(), paths: vec![first, nat] };
        let leg =
            Leg { need: Need::RegistryAuth, target: "ecr.api".to_owned(), origins: vec![origin] };
        let against = ways::against(&leg, Trust::Trusting);
        let reasons = against.into_iter().flat_map(|one| one.what);
        reasons.map(|reason| format!("{}: {}", reason.kind, reason.text)).collect::<Vec<_>>()
    };
    let endpoint = |evidence| path(Via::Endpoint, "Endpoint", evidence);
    let none = || {
        let evidence = Failing::plain(claim("there is no endpoint")).into();
        let steps = vec![Step { aspect: Aspect::Way, evidence }];
        Path { via: Via::Endpoint, by: String::new(), steps }
    };
    assert_eq!(reasons(endpoint(open("whether")), nat(elsewhere())), ["open: whether"]);
    assert_eq!(reasons(endpoint(open("whether")), nat(holds("it"))), ["open: whether"]);
    assert_eq!(
        reasons(endpoint(private_dns_off()), nat(holds("it"))),
        ["fails: EcrApi has private DNS off"]
    );
    assert_eq!(
        reasons(none(), nat(holds("it"))),
        ["fails: nothing lets out TCP 443 to public addresses"]
    );
    assert_eq!(
        reasons(none(), no_way_out()),
        ["fails: there is no endpoint", "fails: \0 has no route out"]
    );
}

#[test]
fn a_symptom_has_the_region_and_the_service() {
    let off = |code, need| {
        let needs = BTreeSet::from([need]);
        Finding { diagnostic: Diagnostic::error(code, "x"), needs, public: false }
    };
    let tokyo = Region::named("ap-northeast-1");
    let login = off(Code::PrivateDnsOff, Need::RegistryAuth);
    assert!(symptom(&login, tokyo).unwrap().contains("https://api.ecr.ap-northeast-1…"));
    assert!(symptom(&login, None).unwrap().contains("https://api.ecr.REGION…"));
    let registry = off(Code::EndpointServiceRegion, Need::Manifest);
    let api = off(Code::EndpointServiceRegion, Need::RegistryAuth);
    for (finding, service) in [(registry, "ecr.dkr"), (api, "ecr.api")] {
        let text = catalogue_services(&symptom(&finding, tokyo).unwrap());
        assert_eq!(text, [format!("com.amazonaws.ap-northeast-1.{service}")]);
    }
    for page in crate::verify::catalogue::PAGES {
        for need in Need::ALL {
            let text = symptom(&off(page.code, *need), tokyo).unwrap_or_default();
            assert!(!text.contains(".R.") && !text.contains("-R-"), "{text}");
        }
    }
}

/// The names of endpoint services in a message, which stand in quotes.
fn catalogue_services(text: &str) -> Vec<String> {
    let quoted = text.split('\'').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with("com.")).map(str::to_owned).collect()
}
