//! Pools: what the file says of them, and the nodes that name them.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::suggest;

use super::Checker;

impl Checker<'_> {
    /// The pools that the file declares. Where it declares any, nodes can name no other.
    pub(super) fn pools(&self) -> IndexMap<String, u32> {
        let declared = &self.syntax.pools.0;
        let users = self.pool_users();
        let known: BTreeSet<&str> = declared.iter().map(|(name, _)| name.value.as_str()).collect();
        let used: BTreeSet<&str> = users.iter().map(|user| user.value.as_str()).collect();
        for user in users.iter().filter(|_| !declared.is_empty()) {
            if !known.contains(user.value.as_str()) {
                let help = suggest::help(user, "pool", known.iter().copied());
                let message = format!("unknown pool `{}`", user.value);
                self.report(Diagnostic::error("unknown-pool", user.span, message).maybe_help(help));
            }
        }
        for (name, _) in declared {
            if !used.contains(name.value.as_str()) {
                let message = format!("pool `{}` is not used", name.value);
                self.report(Diagnostic::warning("unused-pool", name.span, message));
            }
        }
        let capacity = |n: i64| u32::try_from(n).unwrap_or(1);
        declared.iter().map(|(name, n)| (name.value.clone(), capacity(n.value))).collect()
    }
    fn pool_users(&self) -> Vec<&Spanned<String>> {
        self.outline.entries.iter().filter_map(|e| e.node.pool.as_ref()).collect()
    }
    /// A pool that only one node uses, beside one with almost the same name, where none is declared.
    pub(super) fn lonely_pools(&self) {
        if !self.syntax.pools.0.is_empty() {
            return;
        }
        let pools = self.pool_users();
        let uses = |name: &str| pools.iter().filter(|p| p.value == name).count();
        for pool in pools.iter().filter(|p| uses(p) == 1) {
            let others = pools.iter().map(|p| p.value.as_str()).filter(|p| *p != pool.value && uses(p) > 1);
            if let Some(near) = suggest::nearest(pool, others) {
                let message = format!("pool `{}` has no other user", pool.value);
                self.report(
                    Diagnostic::warning("lonely-pool", pool.span, message).help(format!("did you mean `{near}`?")),
                );
            }
        }
    }
}
