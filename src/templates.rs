//! The workflows shipped inside the program. A test compares the table with the folder `templates/`.

/// A shipped workflow with the prompt files it names.
#[derive(Debug)]
pub(crate) struct Shipped {
    /// The name to run it by.
    pub(crate) name: &'static str,
    /// The workflow.
    pub(crate) text: &'static str,
    /// Its prompt files: path as the workflow names it, and text.
    pub(crate) prompts: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(crate) const SHIPPED: &[Shipped] = &[Shipped {
    name: "mission",
    text: include_str!("../templates/mission.yaml"),
    prompts: &[
        ("mission/final.md", include_str!("../templates/mission/final.md")),
        ("mission/follow-up.md", include_str!("../templates/mission/follow-up.md")),
        ("mission/integrate.md", include_str!("../templates/mission/integrate.md")),
        ("mission/resolve.md", include_str!("../templates/mission/resolve.md")),
        ("mission/plan.md", include_str!("../templates/mission/plan.md")),
        ("mission/validate.md", include_str!("../templates/mission/validate.md")),
        ("mission/worker.md", include_str!("../templates/mission/worker.md")),
    ],
}];

/// The one called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// Every file below `folder` by its path relative to `root`.
    fn files(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files(root, &path, found);
            } else {
                let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8").to_owned();
                found.insert(name, std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    #[test]
    fn the_table_holds_the_whole_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut there = BTreeMap::new();
        files(&root, &root, &mut there);
        let mut here = BTreeMap::new();
        for shipped in SHIPPED {
            here.insert(format!("{}.yaml", shipped.name), shipped.text.to_owned());
            here.extend(shipped.prompts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        }
        assert_eq!(here, there);
    }
}
