// A proxy between browser and server, as they stand in offices: it can refuse WebSockets and cut connections. It also
// serves the page of a shop that embeds the widget under a Content-Security-Policy without any exception.

import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

function escape(text) {
	return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function shopPage(attributes, widgetOrigin) {
	const data = Object.entries(attributes).map(([name, value]) => ` data-${name}="${escape(value)}"`).join("");
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shop</title></head><body><main><h1>A shop</h1><p>Its own text.</p><a href="#x">A link</a></main>
<script src="${widgetOrigin}/widget.js"${data} async></script></body></html>`;
}

export class Proxy {
	static async start(server, { refuseWebSockets = false } = {}) {
		const proxy = new Proxy();
		proxy.server = server;
		proxy.refuseWebSockets = refuseWebSockets;
		proxy.refusedWebSockets = 0;
		proxy.sockets = new Set();
		proxy.paths = [];
		proxy.http = createServer((q, s) => proxy.forward(q, s));
		proxy.http.on("connection", (socket) => {
			proxy.sockets.add(socket);
			socket.on("close", () => proxy.sockets.delete(socket));
		});
		proxy.http.on("upgrade", (q, socket, head) => proxy.upgrade(q, socket, head));
		proxy.http.listen(0, "127.0.0.1");
		await once(proxy.http, "listening");
		proxy.origin = `http://127.0.0.1:${proxy.http.address().port}`;
		return proxy;
	}

	// The address of a shop page whose script tag carries these data attributes.
	shop(attributes = {}, widgetOrigin = this.origin) {
		const query = new URLSearchParams({ attributes: JSON.stringify(attributes), widgetOrigin });
		return `${this.origin}/shop.html?${query}`;
	}

	// Cuts every connection that exists now.
	cut() {
		for (const socket of this.sockets) socket.destroy();
	}

	async stop() {
		this.http.close();
		this.cut();
	}

	forward(q, s) {
		const url = new URL(q.url, this.origin);
		this.paths.push(url.pathname);
		if (url.pathname === "/shop.html") {
			const from = url.searchParams.get("widgetOrigin");
			const csp = `default-src 'none'; script-src ${from}; connect-src ${from} ${from.replace("http", "ws")}; base-uri 'none'; form-action 'none'`;
			s.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": csp });
			s.end(shopPage(JSON.parse(url.searchParams.get("attributes")), from));
			return;
		}
		const headers = { ...q.headers };
		if (headers.origin === this.origin) headers.origin = this.server.origin;
		headers.host = new URL(this.server.origin).host;
		const target = { host: "127.0.0.1", port: this.server.port, method: q.method, path: q.url, headers };
		const onward = request(target, (answer) => {
			s.writeHead(answer.statusCode, answer.headers);
			answer.pipe(s);
		});
		onward.on("error", () => s.destroy());
		s.on("close", () => onward.destroy());
		q.pipe(onward);
	}

	upgrade(q, socket, head) {
		if (this.refuseWebSockets) {
			this.refusedWebSockets++;
			socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
			return;
		}
		const onward = connect(this.server.port, "127.0.0.1", () => {
			const lines = [`${q.method} ${q.url} HTTP/1.1`];
			for (let i = 0; i < q.rawHeaders.length; i += 2) {
				lines.push(`${q.rawHeaders[i]}: ${q.rawHeaders[i + 1].replace(this.origin.slice(7), this.server.origin.slice(7))}`);
			}
			onward.write(`${lines.join("\r\n")}\r\n\r\n`);
			onward.write(head);
			onward.pipe(socket).pipe(onward);
		});
		for (const [from, to] of [[onward, socket], [socket, onward]]) {
			from.on("error", () => to.destroy());
			from.on("close", () => to.destroy());
		}
	}
}
