//! What holds of every template: laws, over networks that are made up.

mod allow;
mod derived;
pub(crate) mod dice;
mod forms;
mod judged;
mod network;
mod policies;
mod template;
mod unknown;

/// A network in which everything is right, as JSON.
pub(crate) fn plain_json() -> String {
    let kind = network::Kind { parameters: true, conditions: true, literals: true };
    network::Net::of(&mut dice::Dice::new(Vec::new()), kind).template().json()
}
