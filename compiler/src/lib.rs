//! Compiler
