//! The syntax tree of expressions and templates in our own words, with byte ranges: what `check` walks.
//!
//! Knows nothing of names, types or workflows. Ranges count bytes of the parsed text.

mod lower;

use std::ops::Range;

pub use lower::{expression, template};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Ast {
    /// Its bytes in the parsed text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: AstKind,
}

/// Kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum AstKind {
    /// A variable.
    Name(String),
    /// A constant.
    Const(Const),
    /// `base.name`; the name is the end of the range.
    Attr {
        /// The value before the dot.
        base: Box<Ast>,
        /// The name behind it.
        name: String,
    },
    /// `base[index]`.
    Item {
        /// The value before the bracket.
        base: Box<Ast>,
        /// The value between the brackets.
        index: Box<Ast>,
    },
    /// `base[a:b:c]`.
    Slice {
        /// The value before the bracket.
        base: Box<Ast>,
        /// The bounds that are given.
        bounds: Vec<Ast>,
    },
    /// `not x`.
    Not(Box<Ast>),
    /// `-x`.
    Neg(Box<Ast>),
    /// `left op right`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Its left operand.
        left: Box<Ast>,
        /// Its right operand.
        right: Box<Ast>,
    },
    /// `then if test else otherwise`.
    If {
        /// The condition.
        test: Box<Ast>,
        /// The value if it holds.
        then: Box<Ast>,
        /// The value if it does not.
        otherwise: Option<Box<Ast>>,
    },
    /// `base | name(args)`; no base inside `{% filter %}`.
    Filter {
        /// The filtered value.
        base: Option<Box<Ast>>,
        /// The filter.
        name: Word,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `base is name(args)`.
    Test {
        /// The tested value.
        base: Box<Ast>,
        /// The test.
        name: Word,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `callee(args)`.
    Call {
        /// What is called.
        callee: Box<Ast>,
        /// Its arguments.
        args: Vec<Arg>,
    },
    /// `[a, b]` or `(a, b)`.
    List(Vec<Ast>),
    /// `{a: b}`.
    Map(Vec<(Ast, Ast)>),
}

/// A name with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The name.
    pub text: String,
    /// Its bytes.
    pub range: Range<usize>,
}

/// An argument of a filter, test or call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The keyword of `keyword=value`.
    pub keyword: Option<String>,
    /// The value.
    pub value: Ast,
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// `none`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
}

/// Binary operators; a chain `a < b < c` is `a < b and b < c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and`
    And,
    /// `or`
    Or,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Rem,
    /// `**`
    Pow,
    /// `~`
    Concat,
    /// `in`
    In,
}

impl BinaryOp {
    /// As the author writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::And => "and",
            Self::Or => "or",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Rem => "%",
            Self::Pow => "**",
            Self::Concat => "~",
            Self::In => "in",
        }
    }
}

/// A statement of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    /// `{{ e }}`
    Emit(Ast),
    /// `{% for targets in iter if filter %}body{% else %}otherwise{% endfor %}`
    For {
        /// Names bound in the body.
        targets: Vec<Word>,
        /// What is iterated over.
        iter: Ast,
        /// Condition on each element.
        filter: Option<Ast>,
        /// For each element.
        body: Vec<Self>,
        /// When there is none.
        otherwise: Vec<Self>,
    },
    /// `{% if test %}then{% else %}otherwise{% endif %}`
    If {
        /// The condition.
        test: Ast,
        /// If it holds.
        then: Vec<Self>,
        /// If not.
        otherwise: Vec<Self>,
    },
    /// `{% with %}` and `{% set %}`: binds names; `body` is empty for `set`, whose names last to the end of the block.
    Bind {
        /// Names and values; no value for a captured block.
        bindings: Vec<(Vec<Word>, Option<Ast>)>,
        /// Only inside here; `None`: from here on.
        body: Option<Vec<Self>>,
    },
    /// `{% filter f %}body{% endfilter %}`
    Filter {
        /// The chain of filters.
        filter: Ast,
        /// What is filtered.
        body: Vec<Self>,
    },
    /// A statement that workflows may not use.
    Refused {
        /// Its keyword.
        keyword: &'static str,
        /// Its bytes.
        range: Range<usize>,
    },
}
