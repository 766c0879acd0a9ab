// Reads an OpenAPI 3 document as far as the API page shows it. References are followed inside the document only, and
// every depth is bounded, because schemas may refer to themselves.

type Json = unknown;
type Fields = Record<string, Json>;

export interface Parameter {
	name: string;
	where: string;
	type: string;
	required: boolean;
	text: string;
}

export interface Body {
	media: string;
	fields: Parameter[];
	example: string;
}

export interface Answer {
	status: string;
	text: string;
	body: Body | null;
}

export interface Operation {
	id: string;
	method: string;
	path: string;
	group: string;
	summary: string;
	text: string;
	parameters: Parameter[];
	body: Body | null;
	answers: Answer[];
}

const methods = ["get", "post", "put", "patch", "delete"];
const depthMax = 6;

function isFields(value: Json): value is Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsOf(value: Json): Fields {
	return isFields(value) ? value : {};
}

function textOf(value: Json): string {
	return typeof value === "string" ? value : "";
}

export class Document {
	constructor(private readonly root: Json) {}

	// The object itself, or what its $ref names.
	resolve(value: Json): Fields {
		let at = fieldsOf(value);
		for (let hops = 0; hops < 10 && typeof at.$ref === "string"; hops++) {
			let target: Json = this.root;
			for (const part of at.$ref.replace(/^#\//, "").split("/")) {
				target = fieldsOf(target)[part.replace(/~1/g, "/").replace(/~0/g, "~")];
			}
			at = fieldsOf(target);
		}
		return at;
	}

	type(schemaOrRef: Json): string {
		const schema = this.resolve(schemaOrRef);
		if (Array.isArray(schema.enum)) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
		const type = Array.isArray(schema.type) ? schema.type.join(" | ") : textOf(schema.type);
		if (type === "array") return `${this.type(schema.items)}[]`;
		if (!type) return isFields(schema.properties) ? "object" : "any";
		return schema.format ? `${type} (${textOf(schema.format)})` : type;
	}

	example(schemaOrRef: Json, depth = 0): Json {
		const schema = this.resolve(schemaOrRef);
		if (schema.example !== undefined) return schema.example;
		if (schema.default !== undefined) return schema.default;
		if (Array.isArray(schema.enum)) return schema.enum[0];
		const choice = [schema.oneOf, schema.anyOf, schema.allOf].find(Array.isArray) as Json[] | undefined;
		if (choice) return this.example(choice[0], depth + 1);
		const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
		if (isFields(schema.properties)) {
			if (depth > depthMax) return {};
			const inside = Object.entries(schema.properties).map(([name, s]) => [name, this.example(s, depth + 1)]);
			return Object.fromEntries(inside) as Fields;
		}
		if (type === "array") return depth > depthMax ? [] : [this.example(schema.items, depth + 1)];
		if (type === "integer" || type === "number") return schema.minimum ?? 0;
		if (type === "boolean") return true;
		return type === "object" ? {} : "…";
	}

	fields(schemaOrRef: Json): Parameter[] {
		const schema = this.resolve(schemaOrRef);
		const required = Array.isArray(schema.required) ? schema.required : [];
		return Object.entries(fieldsOf(schema.properties)).map(([name, s]) => ({
			name,
			where: "body",
			type: this.type(s),
			required: required.includes(name),
			text: textOf(this.resolve(s).description),
		}));
	}

	body(holderOrRef: Json): Body | null {
		const [media, held] = Object.entries(fieldsOf(this.resolve(holderOrRef).content))[0] ?? [];
		if (!media) return null;
		const { schema, example, examples } = fieldsOf(held);
		const named = fieldsOf(Object.values(fieldsOf(examples))[0]).value;
		const shown = example ?? named ?? (schema === undefined ? undefined : this.example(schema));
		const text = typeof shown === "string" ? shown : shown === undefined ? "" : JSON.stringify(shown, null, "\t");
		return { media, fields: this.fields(schema), example: text };
	}

	private parameter(value: Json): Parameter {
		const p = this.resolve(value);
		return {
			name: textOf(p.name),
			where: textOf(p.in),
			type: this.type(p.schema),
			required: p.required === true,
			text: textOf(p.description),
		};
	}

	private operation(path: string, method: string, item: Fields): Operation {
		const o = fieldsOf(item[method]);
		const lists = [item.parameters, o.parameters].filter(Array.isArray) as Json[][];
		const tag = Array.isArray(o.tags) ? textOf(o.tags[0]) : "";
		return {
			id: `${method}${path}`.replace(/[^A-Za-z0-9]+/g, "-").replace(/-$/, ""),
			method,
			path,
			group: tag || "Operations",
			summary: textOf(o.summary),
			text: textOf(o.description),
			parameters: lists.flat().map((p) => this.parameter(p)),
			body: this.body(o.requestBody),
			answers: Object.entries(fieldsOf(o.responses)).map(([status, r]) => ({
				status,
				text: textOf(this.resolve(r).description),
				body: this.body(r),
			})),
		};
	}

	operations(): Operation[] {
		const found: Operation[] = [];
		for (const [path, value] of Object.entries(fieldsOf(fieldsOf(this.root).paths))) {
			const item = this.resolve(value);
			for (const method of methods) if (isFields(item[method])) found.push(this.operation(path, method, item));
		}
		return found;
	}

	about(): { title: string; text: string } {
		const info = fieldsOf(fieldsOf(this.root).info);
		const version = textOf(info.version);
		return { title: `${textOf(info.title) || "API"}${version ? ` ${version}` : ""}`, text: textOf(info.description) };
	}
}
