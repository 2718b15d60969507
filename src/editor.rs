//! A value in the person's own editor.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::Failure;
use crate::{files, page};

/// Opens `$VISUAL`, else `$EDITOR`, on `value`; returns what was saved.
///
/// # Errors
/// No editor is set, it fails, or what was saved is not JSON or YAML. The file is kept in the last case, and named.
pub(crate) fn edit(value: &Value) -> Result<Value, Failure> {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let Some(editor) = set("VISUAL").or_else(|| set("EDITOR")) else {
        return Err(Failure::usage(
            "neither VISUAL nor EDITOR is set",
            "set one, or give the value with --value @FILE",
        ));
    };
    let draft = draft(value)?;
    // As git does it: the variable may hold arguments, the path is never part of the shell's text.
    let status = Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(&draft).status();
    let status = status.map_err(|source| files::io("run the editor on", &draft, source))?;
    if !status.success() {
        remove(&draft);
        return Err(Failure::usage(format!("the editor ended with {status}"), "nothing was changed"));
    }
    let edited = files::data(&draft).map_err(|failure| {
        let message = format!("{failure}; your text is kept in `{}`", draft.display());
        Failure::Usage { message, hint: None }
    })?;
    remove(&draft);
    Ok(edited)
}

/// A new file with the value in it, for our eyes only.
fn draft(value: &Value) -> Result<PathBuf, Failure> {
    let text = page::json(value, true) + "\n";
    let mut number = 0_u32;
    loop {
        let path = std::env::temp_dir().join(format!("mission-{}-{number}.json", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(|source| files::io("write", &path, source))?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(files::io("create", &path, source)),
        }
    }
}

fn remove(draft: &Path) {
    // Left behind in the temporary directory at worst.
    let _ = std::fs::remove_file(draft);
}
