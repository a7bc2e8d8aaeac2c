/** @file The page's style sheet: light and dark, phone to desk, paper. */
import { CHART_COLOURS, PAPER, type TwoTone } from '../theme.ts';

function variables(mode: keyof TwoTone): string {
  return Object.entries(PAPER)
    .map(([name, colour]) => `--${name}:${colour[mode]}`)
    .join(';');
}

/** Charts are drawn once, in light colours; in dark mode each colour is replaced by its partner. */
function darkCharts(): string {
  const pairs = new Map(CHART_COLOURS.map(({ light, dark }) => [light, dark]));
  return [...pairs]
    .filter(([light, dark]) => light !== dark)
    .map(
      ([light, dark]) => `figure [fill="${light}"]{fill:${dark}}figure [stroke="${light}"]{stroke:${dark}}`,
    )
    .join('\n');
}

const LAYOUT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,.top,.bottom{max-width:1160px;margin:0 auto;padding:0 20px}
.top{padding-top:40px}
h1,h2,h3{line-height:1.2;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:clamp(1.6rem,4.5vw,2.3rem);margin:4px 0 10px;letter-spacing:-.015em}
h2{font-size:1.35rem;margin:52px 0 14px;letter-spacing:-.01em}
h3{font-size:1.02rem;margin:0 0 2px}
article>h2{font-size:1.6rem;margin-top:72px;padding-top:24px;border-top:2px solid var(--line)}
.eyebrow{margin:0;color:var(--muted);font-size:.85rem;letter-spacing:.04em}
.lead{margin:0;max-width:82ch;color:var(--muted);font-size:1.05rem;text-wrap:pretty}
a{color:var(--accent);text-underline-offset:.2em}
a:focus-visible,button:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
nav{margin:20px 0 0;display:flex;flex-wrap:wrap;gap:2px 20px;font-size:.92rem}
nav a{padding:4px 0}
.finding{margin:28px 0 0;padding:20px 24px;background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--accent);border-radius:6px}
.finding .headline{margin:0;font-size:clamp(1.12rem,3vw,1.4rem);font-weight:600;line-height:1.35;text-wrap:pretty}
.finding ul{margin:12px 0 0;padding-left:1.15em;color:var(--ink);max-width:82ch}
.finding li{margin:4px 0}
.notice{margin:16px 0 0;padding:10px 16px;border:1px solid var(--line);border-radius:6px;color:var(--muted);font-size:.92rem}
.notice p{margin:2px 0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,240px),1fr));gap:14px 28px;margin:28px 0 0}
.facts div{min-width:0}
.facts dt{color:var(--muted);font-size:.82rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}
figure{margin:0;padding:18px 20px 14px;background:var(--panel);border:1px solid var(--line);border-radius:6px;min-width:0;display:flex;flex-direction:column;break-inside:avoid}
figure.wide{grid-column:1/-1}
figure .drawing{flex:1;margin:10px 0 0}
figure svg{display:block;width:100%;height:auto;margin:0 auto}
figure svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
figure svg.phone{display:none;max-width:440px}
figcaption p{margin:0;color:var(--muted);font-size:.9rem;text-wrap:pretty}
.files{margin:10px 0 0;font-size:.82rem;display:flex;gap:14px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--panel)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;padding:12px 14px 8px;color:var(--muted);font-size:.88rem;caption-side:top}
th button{text-align:inherit}
caption span{display:inline-block;position:sticky;left:14px;max-width:min(90ch,calc(100vw - 62px))}
th,td{padding:7px 14px;text-align:right;white-space:nowrap;border-top:1px solid var(--grid)}
th{font-weight:600;vertical-align:bottom}
tbody th{vertical-align:middle}
thead th{border-top:0;white-space:normal;color:var(--muted);font-size:.84rem;font-weight:500}
th.word,td.word{text-align:left}
tbody tr:hover{background:color-mix(in srgb,var(--accent) 6%,transparent)}
td small,th small{display:block;color:var(--muted);font-size:.84em;font-weight:400}
table.states th,table.states td{padding:7px 9px}
table.states{font-size:.88rem}
.wrap{white-space:normal;min-width:88px;overflow-wrap:break-word}
table.study th,table.study td{padding:7px 6px}
table.study th.wrap{min-width:150px;max-width:280px}
table.states tbody th{position:sticky;left:0;background:var(--panel)}
tr.ticket th:first-child{box-shadow:inset 3px 0 0 var(--accent)}
.badge.plain{color:var(--muted);border-color:var(--line)}
td .badge{margin-left:auto}
.badge{display:block;width:max-content;margin:3px 0 0;padding:0 7px;border:1px solid var(--accent);border-radius:9px;color:var(--accent);font-size:.76rem;font-weight:500;line-height:1.5}
th button{all:unset;cursor:pointer;color:inherit;font:inherit}
th[aria-sort=ascending] button::after{content:"\\00a0↑"}
th[aria-sort=descending] button::after{content:"\\00a0↓"}
th button:hover{text-decoration:underline}
details{border:1px solid var(--line);border-radius:6px;background:var(--panel);margin:0 0 8px}
details .scroll{border:0;border-top:1px solid var(--line);border-radius:0;max-height:70vh;overflow:auto}
details thead th{position:sticky;top:0;background:var(--panel);box-shadow:0 1px 0 var(--line)}
summary{cursor:pointer;padding:10px 14px;display:flex;flex-wrap:wrap;gap:0 16px;align-items:baseline}
summary::before{content:"▸";color:var(--muted);width:.8em}
details[open]>summary::before{content:"▾"}
summary::-webkit-details-marker{display:none}
summary span{color:var(--muted);font-size:.92rem}
pre{margin:0;padding:14px 16px;overflow:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;max-width:100%;tab-size:2}
details pre{border:0;border-top:1px solid var(--line);border-radius:0}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em}
.list{columns:3 220px;column-gap:28px;padding:0;margin:0;list-style:none;font-size:.92rem}
.list li{break-inside:avoid;padding:2px 0}
.bottom{margin-top:56px;padding-top:16px;padding-bottom:40px;color:var(--muted);font-size:.86rem}
article>h3{font-size:1.25rem;margin:40px 0 10px}
.files+.figures{margin-top:24px}
h3.part,h4.part{margin:32px 0 12px;font-size:1.12rem}
h3.part:first-of-type,h4.part:first-of-type{margin-top:0}
figure h4,figure h5{font-size:1.02rem;line-height:1.2;margin:0 0 2px}
.frames{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:12px}
.frame p{margin:0 0 2px;font-size:.86rem}
.frames.playing{display:block}
.frames.playing .frame:not(.shown){display:none}
.player{display:flex;gap:12px;align-items:center;margin:0 0 8px}
.player button{font:inherit;font-size:.86rem;min-width:6.4em;padding:3px 10px;border:1px solid var(--line);border-radius:4px;background:var(--panel);color:var(--accent);cursor:pointer}
.player input{flex:1;min-width:0;accent-color:var(--accent)}
#tip{position:fixed;z-index:2;max-width:min(300px,calc(100vw - 16px));padding:5px 10px;border-radius:4px;background:var(--ink);color:var(--page);font-size:.84rem;line-height:1.4;pointer-events:none}
#tip[hidden]{display:none}
@media (max-width:900px){.figures{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){
main,.top,.bottom{padding-left:14px;padding-right:14px}
.top{padding-top:24px}
h2{margin-top:40px}
.finding{padding:16px}
figure{padding:14px 8px 12px}
figcaption,figure .files{padding:0 6px}
figure svg.desk{display:none}
figure svg.phone{display:block}
.facts{grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:12px 16px;font-size:.94rem}
th,td{padding:6px 10px}
}
@media print{
@page{margin:14mm}
html{font-size:11px}
body{background:#fff;font-size:11px}
.top{padding-top:0}
nav,.files,#tip,.screen,.player,th button::after{display:none!important}
main,.top,.bottom{max-width:none;padding-left:0;padding-right:0}
.scroll{overflow:visible;border:0}
th,td,table.states th,table.states td{padding:2px 4px;font-size:8.5px;white-space:normal}
.badge{font-size:7px}
details.printed::details-content{content-visibility:visible;display:block}
details{border:0}
h2,h3.part,h4.part{break-after:avoid}
h2{margin-top:24px}
figure.framed{grid-column:1/-1}
.frames,.frames.playing{display:grid;grid-template-columns:repeat(2,minmax(0,1fr))}
.frames.playing .frame:not(.shown){display:block}
figure{padding:10px}
.figures{gap:10px;grid-template-columns:repeat(2,minmax(0,1fr))}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
}
`;

/** The whole style sheet. On paper the light colours hold, whatever the reader's screen shows. */
export function styleSheet(): string {
  return [
    `:root{color-scheme:light dark;${variables('light')}}`,
    `@media screen and (prefers-color-scheme:dark){:root{${variables('dark')}}`,
    `${darkCharts()}}`,
    LAYOUT.trim(),
  ].join('\n');
}
