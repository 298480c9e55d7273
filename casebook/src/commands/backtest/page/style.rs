//! How the page looks.

/// The style sheet: colours by role, given twice, for light and for dark.
pub const STYLE: &str = "
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1c2430;
  --soft: #5b6675; --line: #dfe3e9; --before: #9aa5b4; --after: #2563c9; --shade: 37, 99, 201;
  --dark-ink: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1a2029; --ink: #e8ecf2; --soft: #9aa6b6; --line: #2c3542;
    --before: #6d7a8c; --after: #6fa3ff; --shade: 111, 163, 255; --dark-ink: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; margin: 0 0 8px; } h2 { font-size: 17px; margin: 0 0 4px; }
header p, section p { margin: 0 0 12px; color: var(--soft); } header b { color: var(--ink); }
code { font: 12.5px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin: 16px 0; }
.pair { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
.pair > section { margin: 0; } .pair > * { min-width: 0; }
.figures { display: grid; gap: 12px 24px; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
.figures b { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
.figures i { color: var(--soft); font-style: normal; } .figures span { color: var(--soft); }
.notes { border-left: 4px solid #c98a1b; } .notes ul { margin: 0; padding-left: 18px; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; }
.key.before { background: var(--before); } .key.after { background: var(--after); }
svg { display: block; width: 100%; max-width: 640px; height: auto; } .none { font-style: italic; }
rect.before { fill: var(--before); } rect.after { fill: var(--after); }
svg text { fill: var(--ink); font-size: 13px; } svg .value { fill: var(--soft);
  font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 7px 10px; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); } .part { display: block; overflow-wrap: anywhere; }
td code { white-space: nowrap; } caption { text-align: left; font-weight: 600; padding: 4px 0; }
.heat th, .heat td { padding: 7px 5px; } .heat th[scope=col], .heat td { text-align: right;
  font-variant-numeric: tabular-nums; }
.heat .s0 { color: var(--soft); } .heat .s1 { background: rgba(var(--shade), .12); }
.heat .s2 { background: rgba(var(--shade), .22); } .heat .s3 { background: rgba(var(--shade), .34); }
.heat .s4 { background: rgba(var(--shade), .48); }
.heat .s5 { background: rgba(var(--shade), .8); color: var(--dark-ink); }
.heat .s6 { background: rgb(var(--shade)); color: var(--dark-ink); }
@media print { body { background: none; } section { break-inside: avoid; } }
";
