//! What holds of every template: laws, over networks that are made up.

mod allow;
mod derived;
mod dice;
mod forms;
mod judged;
mod network;
mod policies;
mod template;
mod unknown;
