//! What texts for a shell say, and which are not understood.

use super::*;

/// The structure of a text in a short form: words in brackets, `~` for what is in the background.
fn form(script: &Script) -> String {
    let items = script.items.iter().map(|item| {
        let rest = item
            .rest
            .iter()
            .map(|(join, more)| format!(" {} {}", if *join == Join::And { "&&" } else { "||" }, pipeline(more)));
        format!("{}{}{}", pipeline(&item.first), rest.collect::<String>(), if item.background { " ~" } else { "" })
    });
    items.collect::<Vec<_>>().join("; ")
}

fn pipeline(pipeline: &Pipeline) -> String {
    let commands: Vec<String> = pipeline.commands.iter().map(command).collect();
    format!("{}{}", if pipeline.negated { "! " } else { "" }, commands.join(" | "))
}

fn command(command: &Command) -> String {
    match command {
        Command::Simple(simple) => {
            let settings = simple.settings.iter().map(|(name, value)| format!("{name}={}", value.text));
            let words = simple.words.iter().map(|word| {
                let inner: String = word.inner.iter().map(|inner| format!("<{}>", form(&inner.script))).collect();
                format!("{}{inner}", word.text)
            });
            format!("[{}]", settings.chain(words).collect::<Vec<_>>().join(","))
        }
        Command::Subshell(script) => format!("({})", form(script)),
        Command::Group(script) => format!("{{{}}}", form(script)),
        Command::If(branches, last) => {
            let branches: Vec<String> =
                branches.iter().map(|(on, then)| format!("{}?{}", form(on), form(then))).collect();
            format!("if {}:{}", branches.join(":"), last.as_ref().map(form).unwrap_or_default())
        }
        Command::While(on, condition, body) => format!("while {on} {} do {}", form(condition), form(body)),
        Command::For(sure, body) => format!("for {sure} do {}", form(body)),
        Command::Case(branches) => format!("case {}", branches.iter().map(form).collect::<Vec<_>>().join(":")),
        Command::Function(name, body) => format!("{name}(){}", self::command(body)),
        Command::Test => "test".to_owned(),
    }
}

#[test]
fn texts_are_read_as_a_shell_reads_them() {
    let table = [
        ("a b  c", "[a,b,c]"),
        ("a 'b c' \"d e\" f\\ g", "[a,b c,d e,f g]"),
        ("a \"b\\\"c\" $'d\\'e'", "[a,b\"c,d'e]"),
        ("a;b&&c||d&e", "[a]; [b] && [c] || [d] ~; [e]"),
        ("! a | b |& c", "! [a] | [b] | [c]"),
        ("A=1 B='x y' c D=2", "[A=1,B=x y,c,D=2]"),
        ("A= b", "[A=,b]"),
        ("A=(1 2) b", "[A=(1 2),b]"),
        ("a 2>&1 >out 3<in &>all b", "[a,b]"),
        ("a # b\n#c\nd#e", "[a]; [d#e]"),
        ("(a; b) | { c; }", "([a]; [b]) | {[c]}"),
        ("if a; then b; elif c; then d; else e; fi", "if [a]?[b]:[c]?[d]:[e]"),
        ("while a; do b; done; until c\ndo d\ndone", "while true [a] do [b]; while false [c] do [d]"),
        ("for x in a b; do c; done; for y; do d; done", "for true do [c]; for false do [d]"),
        ("for ((i=0;i<3;i++)); do a; done", "for false do [a]"),
        ("case $x in a|b) c;; (*) d;; esac", "case [c]:[d]"),
        ("f() { a; }; function g { b; }", "f(){[a]}; g(){[b]}"),
        ("[[ a && -f b ]] && c; (( x > 1 )) || d", "test && [c]; test || [d]"),
        ("a $(b; c) `d` \"$(e)\"", "[a,$(b; c)<[b]; [c]>,`d`<[d]>,$(e)<[e]>]"),
        ("a $((1+2)) ${b:-c d} $e", "[a,$((1+2)),${b:-c d},$e]"),
        ("a <<E b\nx $(\nE\nc", "[a,b]; [c]"),
        ("a <<-'E'\n\tx\n\tE\nb", "[a]; [b]"),
        ("diff <(a) <(b)", "[diff,<[a]>,<[b]>]"),
        ("time -p a", "[a]"),
        ("a &&\n b", "[a] && [b]"),
        ("echo done if then", "[echo,done,if,then]"),
        ("\"if\" a", "[if,a]"),
        ("", ""),
        ("# only words", ""),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).map(|read| form(&read.script)).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_fed_by_the_text_itself_is_kept() {
    let read = read("bash <<A; sh <<'B'; zsh <<< 'c d'\none\nA\ntwo\nB\n").expect("it is understood");
    assert_eq!(read.bodies, ["one\n", "two\n", "c d"]);
}

#[test]
fn what_is_not_understood_is_not_guessed() {
    let long = "a".repeat(LONGEST + 1);
    for text in [
        "'",
        "\"a",
        "a |",
        "a &&",
        "(a",
        "a)",
        "if a",
        "if a; then b",
        "fi",
        "{ a",
        "case x in a",
        "a b(c)",
        "f() ",
        ";;",
        "$(a",
        "`a",
        "${a",
        "select x in a; do b; done",
        "coproc a",
        "for x in a",
        "a <",
        "& a",
        "[[ a",
        long.as_str(),
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
