//! From minijinja's tree to ours. Its ranges often begin at a neighbouring token; here every range begins where the
//! leftmost operand begins.

use std::ops::Range;

use minijinja::machinery::{self, Token, ast};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;

use super::{Arg, Ast, AstKind, BinaryOp, Const, Stmt, Word};
use crate::template::{SyntaxError, engine};

/// Parses a bare expression.
///
/// # Errors
/// The place and reason of the first syntax error.
pub fn expression(text: &str) -> Result<Ast, SyntaxError> {
    bounded(text, true)?;
    machinery::parse_expr(text).map(|e| lower(&e, text)).map_err(|e| engine::syntax_error(&e))
}

/// Parses a template or prompt.
///
/// # Errors
/// The place and reason of the first syntax error.
pub fn template(text: &str) -> Result<Vec<Stmt>, SyntaxError> {
    bounded(text, false)?;
    match machinery::parse(text, "template", SyntaxConfig::default()).map_err(|e| engine::syntax_error(&e))? {
        ast::Stmt::Template(root) => Ok(block(&root.children, text)),
        other => Ok(block(std::slice::from_ref(&other), text)),
    }
}

/// Most tokens of one expression or statement: keeps the tree, and so the stack, shallow.
const LONGEST: usize = 500;
/// Most `elif`s of a text, which nest as well.
const MOST_ELIFS: usize = 50;

/// Refuses a text whose tree would be too deep to walk.
fn bounded(text: &str, in_expr: bool) -> Result<(), SyntaxError> {
    let (mut tokens, mut elifs) = (0, 0);
    // what is no token is for the parser to say
    for (token, at) in machinery::tokenize(text, in_expr, SyntaxConfig::default()).map_while(Result::ok) {
        tokens += 1;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => tokens = 0,
            Token::Ident("elif") => elifs += 1,
            _ => {}
        }
        if tokens > LONGEST || elifs > MOST_ELIFS {
            let message = if tokens > LONGEST {
                format!("an expression of more than {LONGEST} words is too long")
            } else {
                format!("more than {MOST_ELIFS} `elif`s are too many")
            };
            return Err(SyntaxError { message, range: Some(bytes(at)) });
        }
    }
    Ok(())
}

fn bytes(span: machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

fn block(stmts: &[ast::Stmt<'_>], text: &str) -> Vec<Stmt> {
    stmts.iter().filter_map(|s| statement(s, text)).collect()
}

fn statement(stmt: &ast::Stmt<'_>, text: &str) -> Option<Stmt> {
    let refused = |keyword, span| Some(Stmt::Refused { keyword, range: bytes(span) });
    Some(match stmt {
        ast::Stmt::EmitRaw(_) => return None,
        ast::Stmt::EmitExpr(s) => Stmt::Emit(lower(&s.expr, text)),
        ast::Stmt::ForLoop(s) => Stmt::For {
            targets: targets(&s.target),
            iter: lower(&s.iter, text),
            filter: s.filter_expr.as_ref().map(|e| lower(e, text)),
            body: block(&s.body, text),
            otherwise: block(&s.else_body, text),
        },
        ast::Stmt::IfCond(s) => Stmt::If {
            test: lower(&s.expr, text),
            then: block(&s.true_body, text),
            otherwise: block(&s.false_body, text),
        },
        ast::Stmt::WithBlock(s) => Stmt::Bind {
            bindings: s.assignments.iter().map(|(t, e)| (targets(t), Some(lower(e, text)))).collect(),
            body: Some(block(&s.body, text)),
        },
        ast::Stmt::Set(s) => {
            Stmt::Bind { bindings: vec![(targets(&s.target), Some(lower(&s.expr, text)))], body: None }
        }
        ast::Stmt::FilterBlock(s) => Stmt::Filter { filter: lower(&s.filter, text), body: block(&s.body, text) },
        ast::Stmt::SetBlock(s) => return refused("set", s.span()),
        ast::Stmt::AutoEscape(s) => return refused("autoescape", s.span()),
        ast::Stmt::Block(s) => return refused("block", s.span()),
        ast::Stmt::Import(s) => return refused("import", s.span()),
        ast::Stmt::FromImport(s) => return refused("from", s.span()),
        ast::Stmt::Extends(s) => return refused("extends", s.span()),
        ast::Stmt::Include(s) => return refused("include", s.span()),
        ast::Stmt::Macro(s) => return refused("macro", s.span()),
        ast::Stmt::CallBlock(s) => return refused("call", s.span()),
        ast::Stmt::Do(s) => return refused("do", s.span()),
        ast::Stmt::Template(s) => return s.children.first().and_then(|s| statement(s, text)),
    })
}

/// The names that an assignment binds.
fn targets(target: &ast::Expr<'_>) -> Vec<Word> {
    match target {
        ast::Expr::Var(v) => vec![Word { text: v.id.to_owned(), range: bytes(v.span()) }],
        ast::Expr::List(l) => l.items.iter().flat_map(targets).collect(),
        _ => Vec::new(),
    }
}

fn lower(expr: &ast::Expr<'_>, text: &str) -> Ast {
    let end = expr.span().end_offset as usize;
    let sub = |e: &ast::Expr<'_>| Box::new(lower(e, text));
    let (start, kind) = match expr {
        ast::Expr::Var(e) => (None, AstKind::Name(e.id.to_owned())),
        ast::Expr::Const(e) => (None, AstKind::Const(constant(&e.value))),
        ast::Expr::GetAttr(e) => from(sub(&e.expr), |base| AstKind::Attr { base, name: e.name.to_owned() }),
        ast::Expr::GetItem(e) => from(sub(&e.expr), |base| AstKind::Item { base, index: sub(&e.subscript_expr) }),
        ast::Expr::Slice(e) => {
            let bounds = [&e.start, &e.stop, &e.step].into_iter().flatten().map(|b| lower(b, text)).collect();
            from(sub(&e.expr), |base| AstKind::Slice { base, bounds })
        }
        ast::Expr::UnaryOp(e) => return unary(e, text),
        ast::Expr::BinOp(e) => {
            from(sub(&e.left), |left| AstKind::Binary { op: binary(e.op), left, right: sub(&e.right) })
        }
        ast::Expr::Compare(e) => return chain(e, text),
        ast::Expr::IfExpr(e) => from(sub(&e.true_expr), |then| AstKind::If {
            test: sub(&e.test_expr),
            then,
            otherwise: e.false_expr.as_ref().map(sub),
        }),
        ast::Expr::Filter(e) => {
            let base = e.expr.as_ref().map(sub);
            let start = base.as_ref().map(|b| b.range.start);
            (start, AstKind::Filter { base, name: word(e.name, e.span(), text), args: arguments(&e.args, text) })
        }
        ast::Expr::Test(e) => from(sub(&e.expr), |base| AstKind::Test {
            base,
            name: word(e.name, e.span(), text),
            args: arguments(&e.args, text),
        }),
        ast::Expr::Call(e) => from(sub(&e.expr), |callee| AstKind::Call { callee, args: arguments(&e.args, text) }),
        ast::Expr::List(e) => (None, AstKind::List(e.items.iter().map(|i| lower(i, text)).collect())),
        ast::Expr::Tuple(e) => (None, AstKind::List(e.items.iter().map(|i| lower(i, text)).collect())),
        ast::Expr::Map(e) => {
            let entries = e.keys.iter().zip(&e.values).map(|(k, v)| (lower(k, text), lower(v, text)));
            (None, AstKind::Map(entries.collect()))
        }
    };
    let start = start.unwrap_or(expr.span().start_offset as usize);
    Ast { range: start..end.max(start), kind }
}

/// A kind built on its leftmost operand, with the byte where that begins.
fn from(leftmost: Box<Ast>, kind: impl FnOnce(Box<Ast>) -> AstKind) -> (Option<usize>, AstKind) {
    (Some(leftmost.range.start), kind(leftmost))
}

fn unary(e: &ast::Spanned<ast::UnaryOp<'_>>, text: &str) -> Ast {
    let operand = Box::new(lower(&e.expr, text));
    let end = (e.span().end_offset as usize).max(operand.range.end);
    let (symbol, kind): (_, fn(Box<Ast>) -> AstKind) = match e.op {
        ast::UnaryOpKind::Not => ("not", AstKind::Not),
        ast::UnaryOpKind::Neg => ("-", AstKind::Neg),
    };
    // `a not in b` and `a is not b` hold the operator inside the operand
    let before = text.get(..operand.range.start).unwrap_or_default();
    let start = before.trim_end_matches(|c: char| c.is_whitespace() || c == '(');
    let start = if start.ends_with(symbol) { start.len() - symbol.len() } else { operand.range.start };
    Ast { range: start..end, kind: kind(operand) }
}

fn chain(e: &ast::Spanned<ast::Compare<'_>>, text: &str) -> Ast {
    let mut left = lower(&e.expr, text);
    let mut whole: Option<Ast> = None;
    for op in &e.ops {
        let right = lower(&op.expr, text);
        let range = left.range.start..right.range.end;
        let (negated, op) = comparison(op.op);
        let kind = AstKind::Binary { op, left: Box::new(left), right: Box::new(right.clone()) };
        let mut link = Ast { range: range.clone(), kind };
        if negated {
            link = Ast { range, kind: AstKind::Not(Box::new(link)) };
        }
        whole = Some(match whole {
            None => link,
            Some(before) => Ast {
                range: before.range.start..link.range.end,
                kind: AstKind::Binary { op: BinaryOp::And, left: Box::new(before), right: Box::new(link) },
            },
        });
        left = right;
    }
    whole.unwrap_or(left)
}

fn arguments(args: &[ast::CallArg<'_>], text: &str) -> Vec<Arg> {
    let arg = |arg: &ast::CallArg<'_>| match arg {
        ast::CallArg::Kwarg(keyword, e) => Arg { keyword: Some((*keyword).to_owned()), value: lower(e, text) },
        ast::CallArg::Pos(e) | ast::CallArg::PosSplat(e) | ast::CallArg::KwargSplat(e) => {
            Arg { keyword: None, value: lower(e, text) }
        }
    };
    args.iter().map(arg).collect()
}

/// The name of a filter or test, which is where minijinja's range of it begins.
fn word(name: &str, span: machinery::Span, text: &str) -> Word {
    let start = span.start_offset as usize;
    let range = start..(start + name.len()).min(text.len());
    Word { text: name.to_owned(), range }
}

fn constant(value: &minijinja::Value) -> Const {
    match value.kind() {
        ValueKind::Bool => Const::Bool(value.is_true()),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(whole) if value.is_integer() => Const::Int(whole),
            _ => Const::Float(f64::try_from(value.clone()).unwrap_or(f64::NAN)),
        },
        ValueKind::String => Const::Text(value.as_str().unwrap_or_default().to_owned()),
        _ => Const::Null,
    }
}

fn comparison(op: ast::CompareOpKind) -> (bool, BinaryOp) {
    match op {
        ast::CompareOpKind::Eq => (false, BinaryOp::Eq),
        ast::CompareOpKind::Ne => (false, BinaryOp::Ne),
        ast::CompareOpKind::Lt => (false, BinaryOp::Lt),
        ast::CompareOpKind::Lte => (false, BinaryOp::Le),
        ast::CompareOpKind::Gt => (false, BinaryOp::Gt),
        ast::CompareOpKind::Gte => (false, BinaryOp::Ge),
        ast::CompareOpKind::In => (false, BinaryOp::In),
        ast::CompareOpKind::NotIn => (true, BinaryOp::In),
    }
}

fn binary(op: ast::BinOpKind) -> BinaryOp {
    match op {
        ast::BinOpKind::Eq => BinaryOp::Eq,
        ast::BinOpKind::Ne => BinaryOp::Ne,
        ast::BinOpKind::Lt => BinaryOp::Lt,
        ast::BinOpKind::Lte => BinaryOp::Le,
        ast::BinOpKind::Gt => BinaryOp::Gt,
        ast::BinOpKind::Gte => BinaryOp::Ge,
        ast::BinOpKind::ScAnd => BinaryOp::And,
        ast::BinOpKind::ScOr => BinaryOp::Or,
        ast::BinOpKind::Add => BinaryOp::Add,
        ast::BinOpKind::Sub => BinaryOp::Sub,
        ast::BinOpKind::Mul => BinaryOp::Mul,
        ast::BinOpKind::Div => BinaryOp::Div,
        ast::BinOpKind::FloorDiv => BinaryOp::FloorDiv,
        ast::BinOpKind::Rem => BinaryOp::Rem,
        ast::BinOpKind::Pow => BinaryOp::Pow,
        ast::BinOpKind::Concat => BinaryOp::Concat,
        ast::BinOpKind::In => BinaryOp::In,
    }
}
