//! The shipped mission from outside: what its issue promises, word for word, with fake agents in a real repository.

mod culprit;
mod graph;
mod guard;
mod kill;
mod people;
mod plans;
mod refusals;
mod scratch;
mod validation;
mod work;
