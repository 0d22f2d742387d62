//! Pictures: their geometry as it is computed and as a browser draws it, and what they say.

mod browser;
mod commands;
mod geometry;
mod made_up;
mod says;
