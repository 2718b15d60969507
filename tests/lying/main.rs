//! Agents that lie, a few lines each: none of them ends as a succeeded milestone, and the report names each with the
//! evidence. Honest agents pass the same way.

mod apart;
mod around;
mod bench;
mod beside;
mod brought;
mod buried;
mod cut;
mod honest;
mod inside;
mod words;

mod again;
mod alone;
mod deeds;
mod deputy;
mod first;
mod history;
mod judges;
mod killed;
mod middle;
mod moved;
mod original;
mod outside;
mod paused;
mod planted;
mod proof;
mod resolved;
mod runs;
mod sealed;
mod shared;
mod silent;
mod steered;
mod together;
mod undone;
mod unheard;
mod views;
mod weaker;
