//! The five formats of a picture, as whole texts.

mod compiled;
mod formats;
mod geometry;
mod pictures;
mod sketch;
#[path = "../check/world.rs"]
mod world;
