//! Types of values as `check` infers them from JSON Schemas. What is not known for certain is [`Type::Any`].
//!
//! Knows nothing of expressions, nodes or places other than where a property was declared.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Span;

/// What is known about a value before anything runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Type {
    /// Nothing.
    #[default]
    Any,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A text; with all its possible values where they are known.
    Text(Option<Arc<[String]>>),
    /// A list of such elements.
    List(Arc<Self>),
    /// A map.
    Map(Arc<Fields>),
    /// One of these; never nested, never empty, no duplicates.
    Union(Arc<[Self]>),
}

/// The properties of a map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    /// Declared properties.
    pub(crate) known: IndexMap<String, Field>,
    /// Type of every other property; `None`: there is no other.
    pub(crate) rest: Option<Type>,
}

/// A property.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Field {
    /// Its type; includes null if it may be absent.
    pub(crate) ty: Type,
    /// It may be absent, and then reads as null.
    pub(crate) optional: bool,
    /// It has a default in its schema.
    pub(crate) defaulted: bool,
    /// Where it was declared, if an author did.
    pub(crate) declared: Option<Span>,
}

/// Why a field cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NoField {
    /// The value is a map without it; these are there.
    Unknown(Vec<String>),
    /// The value is no map.
    NotAMap(&'static str),
}

impl Type {
    pub(crate) const TEXT: Self = Self::Text(None);

    pub(crate) fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }
    /// A map with exactly these properties.
    pub(crate) fn map<'n>(fields: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let field = |(name, ty): (&str, Self)| (name.to_owned(), Field { ty, ..Field::default() });
        Self::Map(Arc::new(Fields { known: fields.into_iter().map(field).collect(), rest: None }))
    }
    /// One of the texts.
    pub(crate) fn one_of<S: AsRef<str>>(texts: &[S]) -> Self {
        Self::Text(Some(texts.iter().map(|t| t.as_ref().to_owned()).collect()))
    }
    /// A value that is one of `types`.
    pub(crate) fn either(types: impl IntoIterator<Item = Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        let mut add = |ty: Self| {
            let text = flat.iter().position(|t| matches!(t, Self::Text(_)));
            match (text, ty) {
                (Some(known), Self::Text(more)) => flat[known] = Self::Text(joined(&flat[known], more)),
                (_, ty) if flat.iter().any(|t| t.same(&ty)) => {}
                (_, ty) => flat.push(ty),
            }
        };
        for ty in types {
            match ty {
                Self::Union(parts) => parts.iter().cloned().for_each(&mut add),
                ty => add(ty),
            }
        }
        if flat.is_empty() || flat.iter().any(|t| matches!(t, Self::Any)) {
            return Self::Any;
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::Union(flat.into()) }
    }
    /// Surely the same type. Maps are compared by identity: they may share parts so often that walking them takes for ever.
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Map(a), Self::Map(b)) => Arc::ptr_eq(a, b),
            (Self::Union(a), Self::Union(b)) => Arc::ptr_eq(a, b),
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b) || a.same(b),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Any | Self::Null | Self::Bool | Self::Int | Self::Number, _) => {
                std::mem::discriminant(self) == std::mem::discriminant(other)
            }
            (Self::Map(_) | Self::Union(_) | Self::List(_) | Self::Text(_), _) => false,
        }
    }
    pub(crate) fn nullable(self) -> Self {
        Self::either([self, Self::Null])
    }
    /// The types it may be: itself, or the parts of a union.
    pub(crate) fn parts(&self) -> &[Self] {
        match self {
            Self::Union(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
    /// Without null; `Any` if nothing else is left.
    pub(crate) fn present(&self) -> Self {
        Self::either(self.parts().iter().filter(|t| !matches!(t, Self::Null)).cloned())
    }
    /// Could a value of this type be one for which `is` holds?
    pub(crate) fn may(&self, is: impl Fn(&Self) -> bool) -> bool {
        self.parts().iter().any(|t| matches!(t, Self::Any) || is(t))
    }
    pub(crate) fn may_be_bool(&self) -> bool {
        self.may(|t| matches!(t, Self::Bool))
    }
    pub(crate) fn may_be_number(&self) -> bool {
        self.may(Self::is_number)
    }
    pub(crate) fn may_be_text(&self) -> bool {
        self.may(|t| matches!(t, Self::Text(_)))
    }
    pub(crate) fn may_be_list(&self) -> bool {
        self.may(|t| matches!(t, Self::List(_)))
    }
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Number)
    }
    /// Type of the elements if this is a list.
    pub(crate) fn element(&self) -> Self {
        let elements = self.parts().iter().filter_map(|t| match t {
            Self::List(of) => Some((**of).clone()),
            Self::Any => Some(Self::Any),
            _ => None,
        });
        Self::either(elements)
    }
    /// The property `name`.
    pub(crate) fn field(&self, name: &str) -> Result<Field, NoField> {
        let mut found: Vec<Field> = Vec::new();
        let mut missing = None;
        for part in self.parts() {
            match part {
                Self::Any => found.push(Field::default()),
                Self::Map(fields) => match (fields.known.get(name), &fields.rest) {
                    (Some(field), _) => found.push(field.clone()),
                    (None, Some(rest)) => found.push(Field { ty: rest.clone(), ..Field::default() }),
                    (None, None) => missing = Some(NoField::Unknown(fields.known.keys().cloned().collect())),
                },
                Self::Null => missing = missing.or(Some(NoField::NotAMap(part.name()))),
                other if !matches!(missing, Some(NoField::Unknown(_))) => {
                    missing = Some(NoField::NotAMap(other.name()))
                }
                _ => {}
            }
        }
        match missing {
            Some(missing) if found.is_empty() => Err(missing),
            _ => Ok(Field {
                defaulted: found.iter().any(|f| f.defaulted),
                optional: found.iter().any(|f| f.optional),
                declared: found.iter().find_map(|f| f.declared),
                ty: Self::either(found.into_iter().map(|f| f.ty)),
            }),
        }
    }
    /// The texts it can be, if it is certainly one of a known few (or null).
    pub(crate) fn choices(&self) -> Option<Arc<[String]>> {
        let mut choices = None;
        for part in self.parts() {
            match part {
                Self::Text(Some(texts)) => choices = Some(Arc::clone(texts)),
                Self::Null => {}
                _ => return None,
            }
        }
        choices
    }
    /// Its name in messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int | Self::Number => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Union(parts) => parts.iter().find(|t| !matches!(t, Self::Null)).map_or("a value", Self::name),
        }
    }
    /// Certainly different: no value is of both types. Null is compatible with everything, numbers with each other.
    pub(crate) fn never_equals(&self, other: &Self) -> bool {
        let kind = |t: &Self| match t {
            Self::Int | Self::Number => "a number",
            t => t.name(),
        };
        let possible =
            |a: &Self, b: &Self| [a, b].iter().any(|t| matches!(t, Self::Any | Self::Null)) || kind(a) == kind(b);
        !self.parts().iter().any(|a| other.parts().iter().any(|b| possible(a, b)))
    }
}

fn joined(known: &Type, more: Option<Arc<[String]>>) -> Option<Arc<[String]>> {
    let (Type::Text(Some(known)), Some(more)) = (known, more) else { return None };
    let new = more.iter().filter(|m| !known.contains(m));
    Some(known.iter().chain(new).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_flattens_merges_and_deduplicates() {
        assert_eq!(Type::either([Type::Int, Type::Int]), Type::Int);
        assert_eq!(Type::either([Type::Int, Type::Any]), Type::Any);
        assert_eq!(Type::either([Type::one_of(&["a"]), Type::one_of(&["b", "a"])]), Type::one_of(&["a", "b"]));
        assert_eq!(Type::either([Type::one_of(&["a"]), Type::TEXT]), Type::TEXT);
        assert_eq!(Type::Int.nullable().nullable(), Type::Union([Type::Int, Type::Null].into()));
        assert_eq!(Type::Int.nullable().present(), Type::Int);
    }

    #[test]
    fn a_field_of_a_union_is_unknown_only_if_no_part_has_it() {
        let a = Type::map([("x", Type::Int)]);
        let b = Type::map([("x", Type::TEXT), ("y", Type::Bool)]);
        let both = Type::either([a.clone(), b]);
        assert_eq!(both.field("x").map(|f| f.ty), Ok(Type::either([Type::Int, Type::TEXT])));
        assert_eq!(both.field("y").map(|f| f.ty), Ok(Type::Bool));
        assert!(both.field("z").is_err());
        assert_eq!(a.nullable().field("x").map(|f| f.ty), Ok(Type::Int));
        assert_eq!(Type::TEXT.field("x").map(|f| f.ty), Err(NoField::NotAMap("a text")));
    }

    #[test]
    fn only_certain_differences_count() {
        assert!(Type::TEXT.never_equals(&Type::Int));
        assert!(!Type::Int.never_equals(&Type::Number));
        assert!(!Type::TEXT.never_equals(&Type::Int.nullable()));
        assert!(!Type::TEXT.never_equals(&Type::Any));
    }
}
