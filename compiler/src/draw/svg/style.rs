//! The style sheet of the picture: light, and dark where the viewer prefers it. No custom properties: not every viewer knows them.

/// Rules for every viewer.
const LIGHT: &str = "
text{font-family:ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;fill:#1e293b}
.name{font-size:15px;font-weight:600}
.title{font-weight:600}
.small,.choice,.exit text,.kind-barrier text{font-size:10px}
.small{fill:#64748b}
.sheet{fill:#ffffff}
.box{stroke-width:1.2}
.region-map>.box{fill:#f5f8ff;stroke:#a9bce8}
.region-group>.box{fill:#f8fafc;stroke:#cbd5e1}
.region-item>.box{fill:#ffffff;stroke:#cbd5e1}
.unexpanded>.box{stroke-dasharray:5 4}
.behind{fill:#ffffff;stroke:#cbd5e1}
.badge rect{fill:#e2e8f0}
.badge text{font-size:10px;fill:#334155}
.badge.mode-barrier rect{fill:#475569}
.badge.mode-barrier text{fill:#ffffff}
.grid{fill:none;stroke:#94a3b8;stroke-dasharray:2 3}
.shape{fill:#ffffff;stroke:#64748b;stroke-width:1.3}
.exit .shape{fill:#eef2f7;stroke:none}
.exit text{fill:#64748b}
.fill{fill:#64748b;stroke:none}
.stroke{fill:none;stroke:#64748b;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.kind-agent .shape{stroke:#7c3aed}.kind-agent .fill{fill:#7c3aed}
.kind-run .shape{stroke:#0f766e}.kind-run .stroke{stroke:#0f766e}
.kind-gate .shape{stroke:#b45309;fill:#fffbeb;stroke-width:1.8}.kind-gate .fill{fill:#b45309}
.kind-action .shape{stroke:#1d4ed8}.kind-action .fill{fill:#1d4ed8}
.kind-barrier .shape{fill:#475569;stroke:#334155}.kind-barrier text{fill:#ffffff}
.state-ready .shape{fill:#e0f2fe}
.state-running .shape{fill:#bfdbfe;stroke-width:2.2}
.state-waiting .shape{fill:#fef3c7;stroke-width:2.2}
.state-done .shape{fill:#dcfce7}
.state-failed .shape{fill:#fecaca}
.state-skipped .shape{fill:#f1f5f9;stroke-dasharray:4 3}.state-skipped text{fill:#64748b}
.state-cancelled .shape{fill:#e2e8f0;stroke-dasharray:2 3}.state-cancelled text{fill:#64748b}
.kind-barrier.state-done .shape{fill:#15803d}.kind-barrier.state-failed .shape{fill:#b91c1c}
.kind-barrier.state-skipped .shape,.kind-barrier.state-cancelled .shape{fill:#94a3b8}
.mark .stroke{stroke:#334155}.mark .fill{fill:#334155}
.state-done .mark .stroke{stroke:#15803d}.state-failed .mark .stroke{stroke:#b91c1c}
.kind-barrier .mark .stroke{stroke:#ffffff}.kind-barrier .mark .fill{fill:#ffffff}
.line{fill:none;stroke:#64748b;stroke-width:1.4}
.head{fill:#64748b}
.edge-gate .line{stroke:#b45309}.edge-gate .head{fill:#b45309}
.edge-repair .line{stroke:#dc2626;stroke-width:1.8;stroke-dasharray:6 4}.edge-repair .head{fill:#dc2626}
.edge-barrier .line{stroke:#475569;stroke-width:4}.edge-barrier .head{fill:#475569}
.choice{fill:#b45309;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.choice.of-repair{fill:#dc2626}
";

/// Rules where the viewer prefers dark.
const DARK: &str = "
text{fill:#e2e8f0}
.small,.exit text{fill:#94a3b8}
.sheet{fill:#0d1117}
.region-map>.box{fill:#111a2c;stroke:#3b5387}
.region-group>.box{fill:#161b22;stroke:#3b4656}
.region-item>.box,.behind{fill:#0d1117;stroke:#3b4656}
.badge rect{fill:#30363d}.badge text{fill:#cbd5e1}
.badge.mode-barrier rect{fill:#94a3b8}.badge.mode-barrier text{fill:#0d1117}
.shape{fill:#1c2330;stroke:#94a3b8}
.exit .shape{fill:#1b222d}
.fill{fill:#94a3b8}.stroke{stroke:#94a3b8}
.kind-agent .shape{stroke:#a78bfa}.kind-agent .fill{fill:#a78bfa}
.kind-run .shape{stroke:#2dd4bf}.kind-run .stroke{stroke:#2dd4bf}
.kind-gate .shape{stroke:#f59e0b;fill:#2a2113}.kind-gate .fill{fill:#f59e0b}
.kind-action .shape{stroke:#60a5fa}.kind-action .fill{fill:#60a5fa}
.kind-barrier .shape{fill:#94a3b8;stroke:#cbd5e1}.kind-barrier text{fill:#0d1117}
.state-ready .shape{fill:#0c3650}
.state-running .shape{fill:#1e3a8a}
.state-waiting .shape{fill:#5b3a0a}
.state-done .shape{fill:#12402a}
.state-failed .shape{fill:#5f1d1d}
.state-skipped .shape,.state-cancelled .shape{fill:#161b22}.state-skipped text,.state-cancelled text{fill:#94a3b8}
.kind-barrier.state-done .shape{fill:#22a55e}.kind-barrier.state-failed .shape{fill:#ef4444}
.mark .stroke{stroke:#cbd5e1}.mark .fill{fill:#cbd5e1}
.state-done .mark .stroke{stroke:#4ade80}.state-failed .mark .stroke{stroke:#f87171}
.kind-barrier .mark .stroke{stroke:#0d1117}.kind-barrier .mark .fill{fill:#0d1117}
.line{stroke:#94a3b8}.head{fill:#94a3b8}
.edge-gate .line{stroke:#f59e0b}.edge-gate .head{fill:#f59e0b}
.edge-repair .line{stroke:#f87171}.edge-repair .head{fill:#f87171}
.edge-barrier .line{stroke:#94a3b8}.edge-barrier .head{fill:#94a3b8}
.choice{fill:#f59e0b;stroke:#0d1117}.choice.of-repair{fill:#f87171}
";

/// The `<style>` element.
pub(super) fn sheet() -> String {
    format!("<style>{LIGHT}@media (prefers-color-scheme:dark){{{DARK}}}\n</style>\n")
}
