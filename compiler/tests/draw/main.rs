//! The five formats of a picture, as whole texts.

mod formats;
mod geometry;
mod pictures;
mod sketch;
