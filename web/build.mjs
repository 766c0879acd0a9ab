// Builds the widget and the demo pages into build/web (or the folder given with --out), and with --test the unit
// tests into build/web-test. The output depends on nothing but the sources and the exact versions of package.json.

import { build, transform } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "..", "build");

const shared = { bundle: true, logLevel: "warning", legalComments: "none", charset: "utf8" };

// A style sheet that a script imports becomes a string of that script.
const cssAsText = {
	name: "css as text",
	setup(context) {
		context.onLoad({ filter: /\.css$/ }, async ({ path }) => {
			const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
			return { contents: code, loader: "text" };
		});
	},
};

async function buildPages(out) {
	rmSync(out, { recursive: true, force: true });
	mkdirSync(out, { recursive: true });
	const script = { ...shared, minify: true, format: "iife", target: ["es2020"], plugins: [cssAsText] };
	await Promise.all([
		build({ ...script, entryPoints: [join(here, "widget/main.ts")], outfile: join(out, "widget.js") }),
		build({ ...script, entryPoints: [join(here, "demo/demo.ts")], outfile: join(out, "demo.js") }),
		build({ ...script, entryPoints: [join(here, "demo/docs.ts")], outfile: join(out, "docs.js") }),
		build({ ...shared, minify: true, entryPoints: [join(here, "demo/demo.css")], outfile: join(out, "demo.css") }),
		build({ ...shared, minify: true, entryPoints: [join(here, "demo/docs.css")], outfile: join(out, "docs.css") }),
	]);
	for (const page of readdirSync(join(here, "demo")).filter((name) => /\.(html|svg)$/.test(name))) {
		copyFileSync(join(here, "demo", page), join(out, page));
	}
}

async function buildTests(out) {
	rmSync(out, { recursive: true, force: true });
	const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
	await build({
		...shared,
		entryPoints: tests.map((name) => join(here, "test", name)),
		outdir: out,
		outExtension: { ".js": ".mjs" },
		format: "esm",
		platform: "node",
		target: "node18",
	});
}

const outAt = process.argv.indexOf("--out");
await buildPages(outAt > 0 ? process.argv[outAt + 1] : join(built, "web"));
if (process.argv.includes("--test")) await buildTests(join(built, "web-test"));
