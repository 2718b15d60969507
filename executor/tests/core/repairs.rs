//! What a repair node knows of the failure, in its `when` and `otherwise`, too.

use mission_executor::run::Phase;

use crate::scripted::Scripted;

#[test]
fn a_repair_can_be_left_out_because_of_how_it_failed() {
    let text = r#"
mission: 1
name: t
nodes:
  prove:
    nodes:
      look: { run: look }
      judge:
        run: judge
        output: { schema: { type: object, required: [ok], properties: { ok: { type: boolean }, why: { type: string } } } }
        pass_when: output.ok
    on_fail: { repair: mend, as: again }
  mend:
    only: repair
    when: failure.verdicts | length == 0
    otherwise: "{{ failure.verdicts[0].output.why }}"
    run: mend
    output: { from: stdout }
"#;
    let mut run = Scripted::begin(text);
    run.ends("t:prove:look", 0, "");
    run.ends("t:prove:judge", 0, r#"{"ok": false, "why": "crooked"}"#);
    let mend = run.core.run().graph().find("t:mend").expect("a node");
    let state = run.core.run().state(mend);
    assert!(matches!(state.phase, Phase::Skipped(_)), "{:?}", state.phase);
    assert_eq!(state.output.as_ref().map(|output| output.to_text()), Some("crooked".to_owned()));
    let mut run = Scripted::begin(text);
    run.ends("t:prove:look", 1, "");
    run.ends("t:prove:judge", 0, r#"{"ok": true, "why": ""}"#);
    assert_eq!(run.under_way(), ["t:mend"], "no verdict failed, but a command");
}
