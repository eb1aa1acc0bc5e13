// The one stylesheet of all pages that people see: any width from 320 px, light and dark, nothing from elsewhere.
import { createHash } from 'node:crypto'

export const STYLE = `
:root { color-scheme: light dark; --ink: #16202e; --soft: #556174; --ground: #f1f4f8; --sheet: #ffffff; --line: #8793a5;
  --rule: #e3e8ef; --accent: #1d4ed8; --on-accent: #ffffff; --bad: #b42318; --bad-ground: #fef3f2; --good: #067647;
  --good-ground: #ecfdf3; --note-ground: #eef3fd; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f6; --soft: #a8b2c3; --ground: #0e131a; --sheet: #19202a;
  --line: #6d7a8f; --rule: #2b3442; --accent: #8ab4ff; --on-accent: #0b1526; --bad: #ff9b8f; --bad-ground: #38191a;
  --good: #6ce0a6; --good-ground: #102c20; --note-ground: #1b2740; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; display: flex; flex-direction: column; align-items: center; gap: 16px; padding: 16px;
  background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 440px; margin-block: auto; display: grid; gap: 20px; }
header { align-self: end; margin-block: -8px; }
footer { color: var(--soft); font-size: 13px; }
h1 { font-size: 22px; line-height: 1.3; overflow-wrap: anywhere; }
h2, h3, legend, summary { font-size: 16px; line-height: 1.4; }
p { overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 3px; }
.soft { color: var(--soft); }
.sheet { padding: 28px 24px; border-radius: 18px; background: var(--sheet); display: grid; gap: 18px;
  align-content: start; box-shadow: 0 1px 2px rgb(16 24 40 / 8%), 0 12px 32px rgb(16 24 40 / 8%); }
.sheet > p { color: var(--soft); }
.sheet > .amount { color: var(--ink); }
.amount { font-size: 34px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
.amount small { font-size: 18px; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.facts { display: grid; gap: 10px; }
.facts div { display: flex; justify-content: space-between; gap: 16px; padding-top: 10px;
  border-top: 1px solid var(--rule); }
.facts dt { color: var(--soft); flex: none; }
.facts dd { overflow-wrap: anywhere; min-width: 0; text-align: end; }
form { display: grid; gap: 18px; }
fieldset { border: 0; padding: 0; min-width: 0; display: grid; gap: 18px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; align-items: start; }
.field { display: grid; gap: 6px; align-content: start; }
label, legend { font-weight: 600; padding: 0; }
.hint { color: var(--soft); font-size: 14px; }
input { width: 100%; min-height: 48px; padding: 10px 12px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--sheet); color: var(--ink); font: inherit; font-size: 17px; font-variant-numeric: tabular-nums; }
input[aria-invalid] { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }
.code { font-size: 24px; letter-spacing: 0.3em; text-align: center; }
.problem { color: var(--bad); font-size: 14px; font-weight: 600; }
button, .button { display: block; width: 100%; min-height: 50px; padding: 12px 18px; border: 1px solid transparent;
  border-radius: 12px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 650;
  text-align: center; text-decoration: none; cursor: pointer; overflow-wrap: anywhere; }
button:hover, .button:hover { filter: brightness(1.08); }
.quiet { background: transparent; color: var(--accent); border-color: var(--line); }
:is(button, .button, input, a, summary, .box):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.row { display: flex; flex-wrap: wrap; gap: 12px; }
.row > form { flex: 1 1 130px; }
.box { padding: 14px 16px; border-radius: 12px; background: var(--note-ground); display: grid; gap: 4px; }
.box.bad { background: var(--bad-ground); border-inline-start: 4px solid var(--bad); border-start-start-radius: 4px;
  border-end-start-radius: 4px; }
.box.good { background: var(--good-ground); border-inline-start: 4px solid var(--good); border-start-start-radius: 4px;
  border-end-start-radius: 4px; }
.box ul { padding-inline-start: 18px; }
.box.bad a { color: var(--bad); }
.tick { display: flex; gap: 12px; align-items: start; font-weight: 400; }
.tick input { width: 22px; min-height: 22px; margin-top: 2px; flex: none; accent-color: var(--accent); }
.way small { color: var(--soft); font-size: 14px; font-weight: 400; }
.ways { display: grid; gap: 12px; list-style: none; padding: 0; }
.way { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; padding: 16px; min-height: 56px;
  border: 1px solid var(--line); border-radius: 12px; color: var(--ink); text-decoration: none; font-weight: 600; }
.way:is(:hover, :has(:checked)) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.way small { flex-basis: 100%; }
label.way { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; align-items: center; cursor: pointer; }
label.way + label.way { margin-top: -6px; }
label.way small { grid-column: 2; }
legend { margin-bottom: 12px; }
header a, summary { display: inline-block; padding-block: 10px; min-height: 44px; font-weight: 600; }
summary { color: var(--accent); cursor: pointer; }
summary::after { content: ""; display: inline-block; width: 9px; height: 9px; margin-inline-start: 10px; vertical-align: 3px;
  border: solid currentcolor; border-width: 0 2px 2px 0; transform: rotate(45deg); }
[open] summary::after { vertical-align: -2px; transform: rotate(225deg); }
details > :is(form, .hint) { margin-top: 14px; }
bdi { unicode-bidi: isolate; }
.card { display: grid; gap: 22px; padding: 24px 20px; border-radius: 18px; color: #ffffff;
  background: linear-gradient(135deg, #21304a, #3d5a80); box-shadow: 0 10px 30px rgb(16 24 40 / 25%); }
.card dt { font-size: 12px; letter-spacing: 0.04em; color: #d3deec; }
.card dd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.card .row { gap: 14px 32px; }
.card .row dd { font-size: 18px; }
.number { font-size: clamp(18px, 5.6vw, 24px); white-space: nowrap; user-select: all; }
.number span + span { margin-left: 0.5em; }
.name { overflow-wrap: anywhere; }
@media (max-width: 359px) { .pair { grid-template-columns: 1fr; } .sheet { padding: 22px 18px; } }
@media (min-width: 860px) {
  .wide { max-width: 900px; grid-template-columns: 5fr 6fr; gap: 28px; align-items: start; }
  .wide .sheet { padding: 36px 34px; }
  .wide .plain { background: transparent; box-shadow: none; padding-inline: 6px; }
}
`

/** What a Content-Security-Policy calls this text. */
export const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
