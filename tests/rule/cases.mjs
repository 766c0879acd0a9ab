// Puts every case of a conformance file to `parley rule --batch`; prints "agree", or each answer that differs.
import {spawnSync} from "node:child_process";
import {readFileSync} from "node:fs";

const [parley, file] = process.argv.slice(2);
const cases = Object.values(JSON.parse(readFileSync(file, "utf8"))).flat();
const input = cases.map(({expr, bindings, disable_check}) => JSON.stringify({expr, bindings, disable_check}) + "\n").join("");
const {stdout} = spawnSync(parley, ["rule", "--batch"], {input, encoding: "utf8", maxBuffer: 1 << 26});
const answers = stdout.trimEnd().split("\n");

const number = (text) => Number(text.replace(/^([+-]?)inf$/i, "$1Infinity"));

// Doubles are compared as numbers, everything else as written.
function same(a, b) {
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
		return a === b;
	if ("double" in a && "double" in b)
		return Object.is(number(a.double) + 0, number(b.double) + 0);
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

const wrong = cases.filter((test, i) => {
	const answer = JSON.parse(answers[i] ?? "{}");
	const good = test.error ? "error" in answer : "value" in answer && same(answer.value, test.value);
	if (!good)
		console.log(`${test.name}: ${test.expr}\n  ${answers[i]}`);
	return !good;
});
if (wrong.length === 0 && answers.length === cases.length && cases.length > 500)
	console.log("agree");
