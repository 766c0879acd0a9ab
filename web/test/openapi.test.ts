import assert from "node:assert/strict";
import test from "node:test";
import { Document } from "../demo/openapi";

const source = {
	info: { title: "T", version: "1", description: "about" },
	paths: {
		"/a/{id}": {
			parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
			get: {
				tags: ["A"], summary: "Reads",
				parameters: [{ $ref: "#/components/parameters/limit" }],
				responses: { "200": { description: "OK", content: { "application/json": { schema: { $ref: "#/components/schemas/Node" } } } } },
			},
			post: { requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Node" } } } }, responses: {} },
		},
	},
	components: {
		parameters: { limit: { name: "limit", in: "query", schema: { type: "integer", default: 20 } } },
		schemas: { Node: { type: "object", required: ["name"], properties: { name: { type: "string", example: "n" }, kind: { enum: ["x", "y"] }, next: { $ref: "#/components/schemas/Node" } } } },
	},
};

test("operations are listed with the parameters of path and operation", () => {
	const operations = new Document(source).operations();
	assert.deepEqual(operations.map((o) => `${o.method} ${o.path} ${o.group}`), ["get /a/{id} A", "post /a/{id} Operations"]);
	assert.deepEqual(operations[0]?.parameters.map((p) => [p.name, p.where, p.type, p.required]), [["id", "path", "string", true], ["limit", "query", "integer", false]]);
	assert.equal(new Set(operations.map((o) => o.id)).size, 2);
});

test("a schema that contains itself has a finite example", () => {
	const body = new Document(source).operations()[1]?.body;
	const example = JSON.parse(body?.example ?? "null") as { name: string; kind: string; next: unknown };
	assert.equal(example.name, "n");
	assert.equal(example.kind, "x");
	assert.deepEqual(body?.fields.map((f) => [f.name, f.required]), [["name", true], ["kind", false], ["next", false]]);
});

test("a document with nothing in it, or with circles, does no harm", () => {
	for (const odd of [null, 5, {}, { paths: 5 }, { paths: { "/x": { get: null } } }, { paths: { "/x": { $ref: "#/paths/~1x" } } }]) {
		assert.deepEqual(new Document(odd).operations(), []);
	}
	assert.equal(new Document({}).about().title, "API");
});
