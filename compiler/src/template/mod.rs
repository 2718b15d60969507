//! Expressions and templates: compiled once, evaluated over a [`Scope`]. The only room that names minijinja.
//!
//! Values are [`Data`]; nothing here knows of workflows, nodes or files. A text is parsed exactly once: data that
//! contains `{{ }}` is never rendered again.

pub mod ast;
mod data;
mod engine;
mod uses;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use minijinja::machinery::{Token, tokenize};
use minijinja::{Environment, Expression, Value};

pub use data::{Data, Scope};
pub use uses::{Fields, Uses};

use crate::source::Span;

/// A text that does not parse as an expression or template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Byte range in the compiled text, where known.
    pub range: Option<Range<usize>>,
}

/// An evaluation that failed; the message names the expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} in `{source_text}`")]
pub struct EvalError {
    /// What is wrong.
    pub message: String,
    /// The expression or template.
    pub source_text: String,
}

/// A compiled expression.
#[derive(Clone)]
pub struct Expr {
    inner: Arc<ExprInner>,
}

struct ExprInner {
    source: String,
    span: Span,
    uses: Uses,
    /// Made when it is first needed: who only looks at a workflow evaluates little of it.
    code: OnceLock<Expression<'static, 'static>>,
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({})", self.inner.source)
    }
}

impl Expr {
    /// Compiles `source`, which stands at `span`.
    ///
    /// # Errors
    /// The place and reason of the first syntax error.
    pub fn compile(source: &str, span: Span) -> Result<Self, SyntaxError> {
        let uses = Uses::of_expr(&ast::expression(source)?);
        Ok(Self { inner: Arc::new(ExprInner { source: source.to_owned(), span, uses, code: OnceLock::new() }) })
    }
    /// Evaluates over `scope`.
    ///
    /// # Errors
    /// A failed operation, or a result that is undefined.
    pub fn eval(&self, scope: &Scope) -> Result<Data, EvalError> {
        let fail = |message: String| EvalError { message, source_text: self.inner.source.clone() };
        let code = self.inner.code.get_or_init(|| {
            let code = engine::shared().compile_expression_owned(self.inner.source.clone());
            code.expect("only what does not parse does not compile, and this was parsed")
        });
        let value = code.eval(scope.value()).map_err(|e| fail(engine::message(&e)))?;
        if value.is_undefined() {
            return Err(fail("the result is undefined".to_owned()));
        }
        Ok(Data::from_value(value))
    }
    /// Evaluates to a truth value; anything but `true` and `false` is an error.
    ///
    /// # Errors
    /// As [`Expr::eval`], and a result that is not a boolean.
    pub fn eval_bool(&self, scope: &Scope) -> Result<bool, EvalError> {
        let data = self.eval(scope)?;
        data.as_bool().ok_or_else(|| EvalError {
            message: format!("expected true or false, found {}", data.kind()),
            source_text: self.inner.source.clone(),
        })
    }
    /// What it refers to.
    pub fn uses(&self) -> &Uses {
        &self.inner.uses
    }
    /// The author's text.
    pub fn source(&self) -> &str {
        &self.inner.source
    }
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.inner.span
    }
}

/// A piece of a text template.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Copied as it is.
    Text(String),
    /// Evaluated.
    Expr(Expr),
}

/// A value with templates in its scalars.
#[derive(Debug, Clone)]
pub enum Template {
    /// No `{{ }}` anywhere.
    Literal(Data),
    /// Exactly one `{{ e }}`: keeps the type of `e`.
    Whole(Expr),
    /// Text with expressions in it.
    Text(Vec<Piece>),
    /// A list of templates.
    List(Vec<Self>),
    /// A map of templates, in the author's order.
    Map(Vec<(String, Self)>),
}

impl Template {
    /// Compiles one scalar text; `span` is where its content begins in the file.
    ///
    /// # Errors
    /// The place and reason of the first syntax error; `{% %}` is refused.
    pub fn compile(source: &str, span: Span) -> Result<Self, SyntaxError> {
        if !source.contains("{{") && !source.contains("{%") && !source.contains("{#") {
            return Ok(Self::Literal(Data::from(source)));
        }
        let mut pieces = Vec::new();
        let mut open = None;
        for token in tokenize(source, false, minijinja::syntax::SyntaxConfig::default()) {
            let (token, at) = token.map_err(|e| engine::syntax_error(&e))?;
            let (start, end) = (at.start_offset as usize, at.end_offset as usize);
            match token {
                Token::TemplateData(text) => pieces.push(Piece::Text(text.to_owned())),
                Token::VariableStart => open = Some(end),
                Token::VariableEnd => {
                    let from = open.take().unwrap_or(start);
                    let raw = &source[from..start];
                    let raw = raw.strip_prefix('-').unwrap_or(raw);
                    let raw = raw.strip_suffix('-').unwrap_or(raw);
                    let lead = raw.len() - raw.trim_start().len();
                    let base = raw.as_ptr() as usize - source.as_ptr() as usize + lead;
                    let expr = raw.trim();
                    let place =
                        Span::new(span.file, span.start as usize + base, span.start as usize + base + expr.len());
                    pieces.push(Piece::Expr(Expr::compile(expr, place).map_err(|e| SyntaxError {
                        message: e.message,
                        range: e.range.map(|r| r.start + base..r.end + base),
                    })?));
                }
                Token::BlockStart => {
                    return Err(SyntaxError {
                        message: "`{% %}` is for prompts only".to_owned(),
                        range: Some(start..end),
                    });
                }
                _ => {}
            }
        }
        // The tokenizer takes one line break off the end, as is usual for files; a value is what its author wrote.
        if let Some(end) = ["\r\n", "\n"].into_iter().find(|end| source.ends_with(end)) {
            pieces.push(Piece::Text(end.to_owned()));
        }
        if pieces.len() == 1 && matches!(pieces[0], Piece::Expr(_)) {
            let Some(Piece::Expr(expr)) = pieces.pop() else { unreachable!("BUG: one expression piece") };
            return Ok(Self::Whole(expr));
        }
        Ok(Self::Text(pieces))
    }
    /// Renders to a value.
    ///
    /// # Errors
    /// The first expression that fails.
    pub fn render(&self, scope: &Scope) -> Result<Data, EvalError> {
        match self {
            Self::Literal(data) => Ok(data.clone()),
            Self::Whole(expr) => expr.eval(scope),
            Self::Text(_) => Ok(Data::from(self.render_text(scope)?)),
            Self::List(items) => Ok(Data::list(items.iter().map(|t| t.render(scope)).collect::<Result<_, _>>()?)),
            Self::Map(entries) => {
                let rendered = entries.iter().map(|(k, t)| Ok((k.clone(), t.render(scope)?)));
                Ok(Data::map(rendered.collect::<Result<_, EvalError>>()?))
            }
        }
    }
    /// Renders to a text: strings as they are, everything else as JSON.
    ///
    /// # Errors
    /// The first expression that fails.
    pub fn render_text(&self, scope: &Scope) -> Result<String, EvalError> {
        match self {
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(t) => text.push_str(t),
                        Piece::Expr(e) => text.push_str(&e.eval(scope)?.to_text()),
                    }
                }
                Ok(text)
            }
            Self::Literal(_) | Self::Whole(_) | Self::List(_) | Self::Map(_) => Ok(self.render(scope)?.to_text()),
        }
    }
    /// Calls `visit` for every expression in it.
    pub fn each_expr<'t>(&'t self, visit: &mut dyn FnMut(&'t Expr)) {
        match self {
            Self::Literal(_) => {}
            Self::Whole(e) => visit(e),
            Self::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Expr(e) = piece {
                        visit(e);
                    }
                }
            }
            Self::List(items) => items.iter().for_each(|t| t.each_expr(visit)),
            Self::Map(entries) => entries.iter().for_each(|(_, t)| t.each_expr(visit)),
        }
    }
    /// What it refers to.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        self.each_expr(&mut |e| uses.merge(e.uses()));
        uses
    }
}

/// A compiled prompt: the one place where `{% if %}` and `{% for %}` are allowed.
#[derive(Clone)]
pub struct Prompt {
    inner: Arc<PromptInner>,
}

struct PromptInner {
    name: String,
    span: Span,
    uses: Uses,
    env: Environment<'static>,
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({})", self.inner.name)
    }
}

impl Prompt {
    /// Compiles the prompt `text`, known as `name`, whose content begins at `span`.
    ///
    /// # Errors
    /// The place and reason of the first syntax error.
    pub fn compile(name: &str, text: &str, span: Span) -> Result<Self, SyntaxError> {
        let mut env = engine::build();
        env.add_template_owned("prompt", text.to_owned()).map_err(|e| engine::syntax_error(&e))?;
        let uses = Uses::of_prompt(&ast::template(text)?);
        Ok(Self { inner: Arc::new(PromptInner { name: name.to_owned(), span, uses, env }) })
    }
    /// Renders over `scope`.
    ///
    /// # Errors
    /// The first operation that fails; an undefined name is an error.
    pub fn render(&self, scope: &Scope) -> Result<String, EvalError> {
        let fail =
            |e: &minijinja::Error| EvalError { message: engine::message(e), source_text: self.inner.name.clone() };
        let template = self.inner.env.get_template("prompt").map_err(|e| fail(&e))?;
        template.render::<Value>(scope.value()).map_err(|e| fail(&e))
    }
    /// What it refers to.
    pub fn uses(&self) -> &Uses {
        &self.inner.uses
    }
    /// Its name: the file, or the node.
    pub fn name(&self) -> &str {
        &self.inner.name
    }
    /// Where its content begins.
    pub fn span(&self) -> Span {
        self.inner.span
    }
}
