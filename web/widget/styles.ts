// The widget's look. It lives in a constructed style sheet of the shadow root: no page style reaches in, none leaks
// out, and a strict Content-Security-Policy allows it. Sizes are in px on purpose: the page's root size is not ours.

import { contrast, ink, mix, parseHex, readableOn, textOn, toHex, white, type Rgb } from "./colour";

const lightSurface: Rgb = white;
const darkSurface: Rgb = [22, 24, 32];
const lightBubble: Rgb = [243, 244, 248];
const darkBubble: Rgb = [36, 39, 51];
const defaultAccent: Rgb = [79, 70, 229];

// The accent as text and line must read on the bubble as well as on the surface.
function accents(accent: Rgb, surface: Rgb, bubble: Rgb): string {
	const line = readableOn(readableOn(accent, surface), bubble);
	// Own bubbles keep the shop's colour; where neither black nor white reads on it, it gives way a little.
	const fillColour = contrast(textOn(accent), accent) >= 4.5 ? accent : readableOn(accent, white);
	return `--accent:${toHex(fillColour)};--on-accent:${toHex(textOn(fillColour))};--accent-deep:${toHex(mix(fillColour, ink, 0.14))};` +
		`--accent-line:${toHex(line)};--accent-tint:${toHex(mix(surface, line, 0.09))};--accent-edge:${toHex(mix(surface, line, 0.34))};`;
}

function palette(accent: Rgb): string {
	const light = `${accents(accent, lightSurface, lightBubble)}--surface:${toHex(lightSurface)};--bubble:${toHex(lightBubble)};` +
		"--ink:#161923;--muted:#5a6072;--line:#e7e9f0;--field:#f6f7fa;--field-line:#868da1;--danger:#b3261e;--good:#15803d;" +
		"--shade:0 24px 64px -12px rgb(18 20 38/.26),0 8px 24px -8px rgb(18 20 38/.14),0 0 0 1px rgb(18 20 38/.05);color-scheme:light;";
	const dark = `${accents(accent, darkSurface, darkBubble)}--surface:${toHex(darkSurface)};--bubble:${toHex(darkBubble)};` +
		"--ink:#eef0f6;--muted:#a5abbd;--line:#2a2e3b;--field:#1e212c;--field-line:#737a8f;--danger:#ff9d94;--good:#4ade80;" +
		"--shade:0 24px 64px -12px rgb(0 0 0/.6),0 8px 24px -8px rgb(0 0 0/.45),0 0 0 1px rgb(255 255 255/.07);color-scheme:dark;";
	return `.root{${light}}.root[data-theme=dark]{${dark}}@media(prefers-color-scheme:dark){.root[data-theme=auto]{${dark}}}`;
}

const layout = `
:host{all:initial}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.root{position:fixed;z-index:2147483000;inset:auto 20px 20px auto;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;color:var(--ink);-webkit-text-size-adjust:100%;text-align:start}
.root[data-position=left]{inset:auto auto 20px 20px}
button,textarea{font:inherit;color:inherit;margin:0}
button{cursor:pointer;border:0;background:none;padding:0;-webkit-tap-highlight-color:transparent}
h2,p{margin:0;font:inherit}
.icon{width:1em;height:1em;display:block;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.icon.filled{fill:currentColor;stroke:none}
.sr{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
:focus{outline:none}
:focus-visible{outline:2px solid var(--accent-line);outline-offset:2px}

.launcher{position:relative;margin-left:auto;display:grid;place-items:center;width:60px;height:60px;border-radius:50%;background:linear-gradient(150deg,var(--accent),var(--accent-deep));color:var(--on-accent);font-size:28px;box-shadow:0 10px 28px -6px rgb(18 20 38/.38),0 3px 8px rgb(18 20 38/.16);transition:transform .22s cubic-bezier(.2,.8,.2,1),box-shadow .22s}
[data-position=left] .launcher{margin:0 auto 0 0}
.launcher:hover{transform:translateY(-2px) scale(1.03)}
.launcher:active{transform:scale(.96)}
.launcher:focus-visible{outline:3px solid var(--surface);outline-offset:-6px;box-shadow:0 0 0 3px var(--accent-line)}
.launcher .icon{grid-area:1/1;transition:transform .28s cubic-bezier(.2,.8,.2,1),opacity .18s}
.launcher .icon:last-of-type{opacity:0;transform:rotate(-60deg) scale(.6)}
[data-open] .launcher .icon:first-of-type{opacity:0;transform:rotate(60deg) scale(.6)}
[data-open] .launcher .icon:last-of-type{opacity:1;transform:none}
.badge{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#c81e1e;color:#fff;font-size:12px;font-weight:700;line-height:22px;text-align:center;box-shadow:0 0 0 2px var(--surface);animation:pop .3s cubic-bezier(.2,1.4,.4,1)}

.panel{position:absolute;bottom:76px;right:0;display:flex;flex-direction:column;width:392px;height:min(660px,calc(100vh - 116px));max-width:calc(100vw - 40px);border-radius:22px;background:var(--surface);box-shadow:var(--shade);overflow:hidden;transform-origin:100% 100%;animation:rise .26s cubic-bezier(.2,.9,.25,1)}
[data-position=left] .panel{right:auto;left:0;transform-origin:0 100%}

.head{display:flex;align-items:center;gap:12px;padding:16px 12px 14px 18px;border-bottom:1px solid var(--line)}
.avatar{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:13px;background:linear-gradient(150deg,var(--accent),var(--accent-deep));color:var(--on-accent);font-size:21px}
.names{flex:1;min-width:0}
.names h2{font-size:16px;font-weight:650;line-height:1.3;letter-spacing:-.01em;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.presence{display:flex;align-items:center;gap:6px;font-size:13px;line-height:1.35;color:var(--muted)}
.dot{flex:none;width:8px;height:8px;border-radius:50%;background:var(--field-line);transition:background .3s}
.presence[data-phase=online] .dot{background:var(--good)}
.tool{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:12px;font-size:20px;color:var(--muted);transition:background .15s,color .15s}
.tool:hover{background:var(--bubble);color:var(--ink)}

.banner{display:flex;gap:12px;align-items:flex-start;padding:12px 18px;border-bottom:1px solid var(--accent-edge);background:var(--accent-tint);font-size:14px;line-height:1.4;animation:drop .28s cubic-bezier(.2,.9,.25,1)}
.banner .icon{flex:none;margin-top:1px;font-size:18px;color:var(--accent-line)}
.banner strong{display:block;font-weight:620}
.banner span{display:inline-block;margin-right:10px;color:var(--muted);font-size:13px}
.banner span:empty{display:none}
.notice{display:flex;gap:10px;align-items:center;padding:10px 18px;background:var(--field);border-bottom:1px solid var(--line);font-size:13px;line-height:1.4;color:var(--muted);animation:drop .24s ease-out}
.notice .icon{flex:none;font-size:17px}

.scroll{position:relative;flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;padding:18px 18px 14px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.scroll:focus-visible{outline-offset:-3px}
.intro{padding:6px 0 14px}
.intro h3{margin:0 0 4px;font-size:22px;font-weight:680;letter-spacing:-.02em;line-height:1.25}
.intro p{color:var(--muted);max-width:34ch}

.day{display:flex;align-items:center;gap:12px;margin:16px 0 12px;font-size:12px;font-weight:550;color:var(--muted)}
.day::before,.day::after{content:"";flex:1;height:1px;background:var(--line)}
.day:first-child{margin-top:0}
.handoff{margin:16px 0 12px;text-align:center;font-size:13px;color:var(--muted)}
.handoff span{display:inline-block;padding:4px 12px;border-radius:99px;background:var(--accent-tint);color:var(--accent-line);font-weight:550}

.message{display:flex;flex-direction:column;align-items:flex-start;margin-top:3px}
.message.first{margin-top:14px}
.log>.message:first-child{margin-top:0}
.message.own{align-items:flex-end}
.bubble{max-width:84%;padding:10px 14px;border-radius:18px;background:var(--bubble);white-space:pre-wrap;overflow-wrap:anywhere;border-bottom-left-radius:6px;border-top-left-radius:6px}
.whole{white-space:nowrap}
.first .bubble{border-top-left-radius:18px}
.own .bubble{background:var(--accent);color:var(--on-accent);border-radius:18px 6px 6px 18px}
.own.first .bubble{border-top-right-radius:18px}
.message.fresh .bubble{animation:arrive .26s cubic-bezier(.2,.9,.25,1)}
.failed .bubble{background:var(--surface);color:var(--ink);box-shadow:inset 0 0 0 1.5px var(--danger)}
.bubble a{color:var(--accent-line);text-decoration:underline;text-underline-offset:2px;border-radius:3px}
.own .bubble a,.own .bubble a:focus-visible{color:inherit;outline-color:currentColor}
.failed .bubble a{color:var(--accent-line)}
.meta{display:flex;flex-wrap:wrap;align-items:center;gap:2px 10px;margin:4px 6px 0;font-size:12px;line-height:1.5;color:var(--muted)}
.meta:empty{display:none}
.failed .meta{color:var(--danger);font-weight:550}
.meta button{min-height:24px;padding:0 4px;border-radius:6px;color:var(--accent-line);font-weight:600;text-decoration:underline;text-underline-offset:2px}

.typing{display:inline-flex;gap:5px;margin-top:14px;padding:14px 16px;border-radius:18px 18px 18px 6px;background:var(--bubble);animation:arrive .22s ease-out}
.typing i{width:7px;height:7px;border-radius:50%;background:var(--muted);animation:breathe 1.2s ease-in-out infinite}
.typing i:nth-child(2){animation-delay:.16s}
.typing i:nth-child(3){animation-delay:.32s}

.chips{display:flex;flex-wrap:wrap;gap:8px;margin-top:14px}
.chip{min-height:38px;max-width:100%;padding:7px 15px;border:1.5px solid var(--accent-edge);border-radius:19px;background:var(--surface);color:var(--accent-line);font-size:14px;font-weight:570;line-height:1.35;text-align:start;overflow-wrap:anywhere;transition:background .15s,border-color .15s,transform .15s;animation:arrive .3s cubic-bezier(.2,.9,.25,1) backwards}
.chip:nth-child(2){animation-delay:.05s}
.chip:nth-child(n+3){animation-delay:.1s}
.chip:hover{background:var(--accent-tint);border-color:var(--accent-line)}
.chip:active{transform:scale(.97)}

.newer{position:absolute;left:50%;bottom:100%;display:flex;align-items:center;gap:6px;margin-bottom:10px;padding:7px 14px 7px 10px;border-radius:99px;background:var(--surface);color:var(--accent-line);font-size:13px;font-weight:600;box-shadow:var(--shade);transform:translateX(-50%);white-space:nowrap}
.foot{position:relative;padding:0 14px 14px;padding-bottom:max(14px,env(safe-area-inset-bottom))}
.field{display:flex;align-items:flex-end;gap:6px;padding:5px 5px 5px 16px;border:1px solid var(--field-line);border-radius:24px;background:var(--field);transition:border-color .15s,box-shadow .15s}
.field:focus-within{border-color:var(--accent-line);box-shadow:0 0 0 1px var(--accent-line)}
textarea{flex:1;min-width:0;height:38px;max-height:136px;padding:8px 0;border:0;background:none;resize:none;line-height:22px;font-size:15px;outline:none!important;scrollbar-width:thin}
textarea::placeholder{color:var(--muted);opacity:1}
.send{flex:none;display:grid;place-items:center;width:38px;height:38px;border-radius:50%;background:var(--accent);color:var(--on-accent);font-size:20px;transition:transform .18s,background .18s,color .18s}
.send:hover{transform:scale(1.05)}
.send[aria-disabled=true]{background:var(--line);color:var(--muted);transform:none;cursor:default}
.over{padding:6px 18px 0;font-size:12px;color:var(--danger);font-weight:600}

.page{position:fixed;inset:0!important;background:var(--bubble)}
.page .launcher,.page .close{display:none}
.page .panel{inset:0;margin:auto;width:100%;height:100%;max-width:none;border-radius:0;box-shadow:none;animation:none}
@media(min-width:800px) and (min-height:600px){.page .panel{width:760px;height:calc(100% - 56px);border-radius:22px;box-shadow:var(--shade)}.page .bubble{max-width:72%}}

@media(max-width:480px){
.root{inset:auto max(16px,env(safe-area-inset-right)) max(16px,env(safe-area-inset-bottom)) auto}
.root[data-position=left]{inset:auto auto max(16px,env(safe-area-inset-bottom)) max(16px,env(safe-area-inset-left))}
.root[data-open]:not(.page) .launcher{display:none}
.panel,[data-position=left] .panel{position:fixed;inset:0 0 auto;width:auto;max-width:none;height:100vh;height:100dvh;border-radius:0;animation:slide .28s cubic-bezier(.2,.9,.25,1)}
.head{padding-top:max(12px,env(safe-area-inset-top));touch-action:none}
.tool{width:44px;height:44px}
textarea{font-size:16px}
}
@media(max-height:480px) and (min-width:481px){.panel{height:calc(100vh - 24px);bottom:-8px;right:72px}[data-position=left] .panel{left:72px}}
@media(forced-colors:active){.bubble,.chip,.field,.panel,.launcher,.send,.banner{border:1px solid}}
@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.97)}}
@keyframes slide{from{transform:translateY(24px);opacity:0}}
@keyframes drop{from{opacity:0;transform:translateY(-6px)}}
@keyframes arrive{from{opacity:0;transform:translateY(7px)}}
@keyframes pop{from{transform:scale(.4)}}
@keyframes breathe{0%,60%,100%{opacity:.35;transform:none}30%{opacity:1;transform:translateY(-3px)}}
@media(prefers-reduced-motion:reduce){*,*::before,*::after{animation:none!important;transition:none!important}}
`;

export function dress(root: ShadowRoot, accent: string): void {
	const css = palette(parseHex(accent) ?? defaultAccent) + layout;
	if ("adoptedStyleSheets" in root) {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		root.adoptedStyleSheets = [sheet];
		return;
	}
	// Browsers from before 2023.
	const style = document.createElement("style");
	style.textContent = css;
	(root as ShadowRoot).append(style);
}
