//! What AWS fixes: partitions and regions with their names, the forms of ids, the services behind
//! endpoints, quotas.

pub mod ids;
pub mod partition;
pub mod quota;
pub mod region;
pub mod service;

pub use ids::{AccountId, PrefixListId, RouteTableId, SecurityGroupId, SubnetId, VpcId};
pub use partition::Partition;
pub use region::Region;
pub use service::Service;
