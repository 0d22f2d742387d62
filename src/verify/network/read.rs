//! From resources to the network.

use super::parts::Index;
use super::{Hidden, Network};
use super::{acls, endpoints, groups, roles, routes, tasks, vpcs};
use crate::aws::Region;
use crate::cloudformation::Evaluated;

const WANTED: &[&str] = &[
    "AWS::Batch::JobDefinition",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::PrefixList",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCBlockPublicAccessExclusion",
    "AWS::EC2::VPCBlockPublicAccessOptions",
    "AWS::EC2::VPCCidrBlock",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::ExpressGatewayService",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ECS::TaskSet",
    "AWS::EFS::FileSystem",
    "AWS::EFS::MountTarget",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::Logs::LogGroup",
    "AWS::Pipes::Pipe",
    "AWS::Route53::HostedZone",
    "AWS::Route53Resolver::FirewallDomainList",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    "AWS::Route53Resolver::ResolverRule",
    "AWS::Route53Resolver::ResolverRuleAssociation",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
];

/// Whether resources of a type matter to the network.
pub fn wanted(kind: &str) -> bool {
    WANTED.binary_search(&kind).is_ok()
}

/// Reads what the templates come to as a network. Every list is in the order of the files.
pub fn read(evaluated: &Evaluated, region: Option<&'static Region>) -> Network {
    let index = Index::new(&evaluated.resources);
    let hidden = evaluated.hidden.iter();
    let mut hidden: Vec<Hidden> =
        hidden.map(|(place, why)| Hidden { place: *place, why: why.clone() }).collect();
    let (groups, default_groups, outside_rules) = groups::groups(&index, &mut hidden);
    let (route_tables, outside_tables) = routes::route_tables(&index, &mut hidden);
    let (acls, outside_acls) = acls::acls(&index, &mut hidden);
    let tasks = tasks::tasks(&index);
    Network {
        region,
        vpcs: vpcs::vpcs(&index, &mut hidden),
        subnets: vpcs::subnets(&index),
        route_tables,
        outside_tables,
        associations: vpcs::associations(&index),
        endpoints: endpoints::endpoints(&index),
        mount_targets: endpoints::mount_targets(&index),
        hosted_zones: endpoints::hosted_zones(&index),
        groups,
        default_groups,
        outside_rules,
        prefix_lists: vpcs::prefix_lists(&index),
        acls,
        outside_acls,
        tasks: tasks.tasks,
        unseen_tasks: tasks.unseen,
        idle_definitions: tasks.idle,
        roles: roles::roles(&index),
        pull_through: vpcs::pull_through(&index),
        hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::{network, world};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    #[test]
    fn the_types_that_matter_are_in_order_so_that_each_is_found() {
        assert!(WANTED.is_sorted());
        assert!(WANTED.iter().all(|kind| wanted(kind)));
        assert!(!wanted("AWS::S3::Bucket"));
    }

    #[test]
    fn what_is_hidden_stays_hidden() {
        let mut world = world(&[json!({"V": {"Type": "AWS::EC2::VPC"}})]);
        world.hidden.push((world.resources[0].place, "a macro".to_owned()));
        assert_eq!(read(&world, None).hidden[0].why, "a macro");
    }

    /// Any property of any of these types, wholly unknown or of the wrong shape.
    #[test]
    fn no_shape_of_any_property_is_too_much() {
        let shapes = [
            json!({"Unknown": "X"}),
            json!([]),
            json!({}),
            json!("x"),
            json!([[{"Unknown": "X"}], {"A": "B"}]),
            json!({"Ref": "Self"}),
        ];
        let keys = include_str!("read.rs").lines().chain(include_str!("runners.rs").lines());
        let keys: Vec<&str> = keys.filter_map(|line| line.split('"').nth(1)).collect();
        for kind in WANTED {
            for shape in &shapes {
                network(json!({"Self": {"Type": kind, "Properties": shape}}));
                let fields: serde_json::Map<String, Json> =
                    keys.iter().map(|key| ((*key).to_owned(), shape.clone())).collect();
                network(json!({"Self": {"Type": kind, "Properties": fields}}));
            }
        }
    }

    proptest! {
        /// What stands first in a file does not decide what is read.
        #[test]
        fn the_order_of_resources_changes_no_count(turn in 0usize..6) {
            let resources = [
                ("G", json!({"Type": "AWS::EC2::SecurityGroup"})),
                ("R", json!({"Type": "AWS::EC2::SecurityGroupEgress", "Properties":
                    {"GroupId": {"Ref": "G"}, "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}})),
                ("T", json!({"Type": "AWS::EC2::RouteTable"})),
                ("A", json!({"Type": "AWS::EC2::Route", "Properties":
                    {"RouteTableId": {"Ref": "T"}, "GatewayId": "igw-1"}})),
                ("D", json!({"Type": "AWS::ECS::TaskDefinition"})),
                ("S", json!({"Type": "AWS::ECS::Service", "Properties":
                    {"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "D"}}})),
            ];
            let mut turned = resources.to_vec();
            turned.rotate_left(turn);
            let map: serde_json::Map<String, Json> =
                turned.into_iter().map(|(id, json)| (id.to_owned(), json)).collect();
            let network = network(map.into());
            prop_assert_eq!(network.groups[0].egress.len(), 1);
            prop_assert_eq!(network.route_tables[0].routes.len(), 1);
            prop_assert!(network.tasks[0].definition.is_ok());
        }
    }
}
