//! Which roots and nodes a text refers to, from its syntax tree. (minijinja's own answer misses what is sliced.)
//!
//! Names that a prompt binds itself are counted too: binding a value that nobody asks for does no harm.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Arg, Ast, AstKind, Stmt};

/// What a compiled text refers to; every reference is statically known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Root names, e.g. `inputs`, `nodes`, `output`, `feature`.
    pub roots: BTreeSet<String>,
    /// Node names below `nodes`, in the author's spelling with `_` for `-`, and what is read of each.
    pub nodes: BTreeMap<String, Fields>,
}

/// What is read of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// Perhaps everything.
    All,
    /// The fields of these names.
    Only(BTreeSet<String>),
}

impl Fields {
    /// Is the field `name` among them?
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }
    fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Only(names), Self::Only(more)) => names.extend(more.iter().cloned()),
            (Self::All, _) | (_, Self::All) => *self = Self::All,
        }
    }
}

impl Uses {
    /// Of an expression.
    pub(super) fn of_expr(ast: &Ast) -> Self {
        let mut uses = Self::default();
        uses.expr(ast);
        uses
    }
    /// Of a prompt.
    pub(super) fn of_prompt(stmts: &[Stmt]) -> Self {
        let mut uses = Self::default();
        uses.block(stmts);
        uses
    }
    /// Adds everything that `other` uses.
    pub fn merge(&mut self, other: &Self) {
        self.roots.extend(other.roots.iter().cloned());
        other.nodes.iter().for_each(|(name, fields)| self.node(name, fields));
    }
    fn node(&mut self, name: &str, fields: &Fields) {
        match self.nodes.get_mut(name) {
            Some(known) => known.merge(fields),
            None => {
                self.nodes.insert(name.to_owned(), fields.clone());
            }
        }
    }

    fn expr(&mut self, ast: &Ast) {
        match &ast.kind {
            AstKind::Name(name) => {
                self.roots.insert(name.clone());
            }
            AstKind::Const(_) => {}
            AstKind::Attr { base, name } => {
                if is_nodes(base) {
                    self.node(name, &Fields::All);
                } else if let AstKind::Attr { base: root, name: node } = &base.kind
                    && is_nodes(root)
                {
                    self.node(node, &Fields::Only(BTreeSet::from([name.clone()])));
                    return self.expr(root);
                }
                self.expr(base);
            }
            AstKind::Item { base, index } => {
                self.expr(base);
                self.expr(index);
            }
            AstKind::Slice { base, bounds } => {
                self.expr(base);
                bounds.iter().for_each(|b| self.expr(b));
            }
            AstKind::Not(inner) | AstKind::Neg(inner) => self.expr(inner),
            AstKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            AstKind::If { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                otherwise.iter().for_each(|o| self.expr(o));
            }
            AstKind::Filter { base, args, .. } => {
                base.iter().for_each(|b| self.expr(b));
                self.args(args);
            }
            AstKind::Test { base, args, .. } | AstKind::Call { callee: base, args } => {
                self.expr(base);
                self.args(args);
            }
            AstKind::List(items) => items.iter().for_each(|i| self.expr(i)),
            AstKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
        }
    }
    fn args(&mut self, args: &[Arg]) {
        args.iter().for_each(|a| self.expr(&a.value));
    }
    fn block(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            match stmt {
                Stmt::Emit(ast) => self.expr(ast),
                Stmt::For { iter, filter, body, otherwise, .. } => {
                    self.expr(iter);
                    filter.iter().for_each(|f| self.expr(f));
                    self.block(body);
                    self.block(otherwise);
                }
                Stmt::If { test, then, otherwise } => {
                    self.expr(test);
                    self.block(then);
                    self.block(otherwise);
                }
                Stmt::Bind { bindings, body } => {
                    bindings.iter().filter_map(|(_, value)| value.as_ref()).for_each(|v| self.expr(v));
                    body.iter().for_each(|b| self.block(b));
                }
                Stmt::Filter { filter, body } => {
                    self.expr(filter);
                    self.block(body);
                }
                Stmt::Refused { .. } => {}
            }
        }
    }
}

/// Is it the root `nodes`?
fn is_nodes(ast: &Ast) -> bool {
    matches!(&ast.kind, AstKind::Name(root) if root == "nodes")
}

#[cfg(test)]
mod tests {
    use super::super::ast;
    use super::*;

    fn uses(text: &str) -> String {
        let uses = Uses::of_prompt(&ast::template(text).expect("it parses"));
        let list = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<Vec<_>>().join(" ");
        format!("{}: {}", list(&mut uses.roots.iter()), list(&mut uses.nodes.keys()))
    }

    #[test]
    fn every_reference_counts_wherever_it_stands() {
        for (text, expected) in [
            ("{{ nodes.a.output }}", "nodes: a"),
            ("{{ nodes.a.output.list[:inputs.n] }}", "inputs nodes: a"),
            ("{{ nodes.a.output[nodes.b.output] }}", "nodes: a b"),
            ("{{ x | join(nodes.a.output) if nodes.b.output is eq(y) else [nodes.c.output] }}", "nodes x y: a b c"),
            ("{% if nodes.a.error %}{{ run.id }}{% else %}{{ nodes.b.items }}{% endif %}", "nodes run: a b"),
            ("{% for i in nodes.a.items if nodes.b.output %}{{ {'k': nodes.c.output} }}{% endfor %}", "nodes: a b c"),
            ("{% set x = nodes.a.output %}{% filter replace(nodes.b.output, '') %}-{% endfilter %}", "nodes: a b"),
        ] {
            assert_eq!(uses(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_read_of_a_node_is_known_unless_it_is_passed_on_whole() {
        for (text, expected) in [
            ("{{ nodes.a.output.deep }}{{ nodes.a.error }}", Some("error output")),
            ("{{ nodes.a.items[0].output }}", Some("items")),
            ("{{ nodes.a.status }}{% set x = nodes.a %}{{ nodes.a.output }}", None),
            ("{{ nodes.a | tojson }}", None),
            ("{{ nodes.a['output'] }}", None),
        ] {
            let uses = Uses::of_prompt(&ast::template(text).expect("it parses"));
            let expected = expected.map(|names| names.split(' ').map(str::to_owned).collect());
            assert_eq!(uses.nodes["a"], expected.map_or(Fields::All, Fields::Only), "{text}");
        }
    }
}
