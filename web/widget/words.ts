// Everything the widget says, in each of its languages. `{name}` is filled in by `fill`.

const en = {
	title: "Chat with us",
	open: "Open chat",
	openUnread: "Open chat, {count} new",
	close: "Close chat",
	conversation: "Conversation",
	messages: "Messages",
	suggestions: "Suggested replies",
	hello: "Hi there",
	helloName: "Hi {name}",
	intro: "Ask us anything. An answer usually takes a few seconds, and a person is there when you need one.",
	placeholder: "Write a message…",
	messageLabel: "Your message",
	send: "Send",
	you: "You",
	bot: "Assistant",
	agent: "Support",
	said: "{who}, {time}:",
	sending: "Sending…",
	sent: "Sent",
	seen: "Seen",
	queued: "Will be sent when you are back online",
	failed: "Not sent",
	retry: "Try again",
	discard: "Discard",
	typing: "{who} is writing",
	newMessages: "New messages",
	online: "Here to help",
	connecting: "Connecting…",
	away: "Not connected",
	offline: "You are offline. What you write is kept and sent as soon as you are back.",
	lost: "The connection was lost. Trying again…",
	refused: "The chat is not available on this page.",
	busy: "A lot is going on right now. Trying again in a moment…",
	parked: "The chat is open in many places. It goes on here when you write.",
	back: "You are connected again.",
	waiting: "A person will be with you shortly",
	queueNext: "You are next",
	queuePosition: "Number {position} in the queue",
	reference: "Reference {reference}",
	human: "You are talking with {who}",
	humanUnnamed: "You are talking with our team",
	closed: "This conversation is closed. Write to begin another.",
	toHuman: "Handed over to a person",
	toBot: "The assistant is back",
	refusedMessage: "This message could not be accepted.",
	tooLong: "{over} characters too many",
	opensInNewTab: "opens in a new tab",
};

export type Word = keyof typeof en;
export type Words = Record<Word, string>;

const es: Words = {
	title: "Escríbanos",
	open: "Abrir el chat",
	openUnread: "Abrir el chat, {count} sin leer",
	close: "Cerrar el chat",
	conversation: "Conversación",
	messages: "Mensajes",
	suggestions: "Respuestas sugeridas",
	hello: "¡Hola!",
	helloName: "¡Hola, {name}!",
	intro: "Pregúntenos lo que quiera. Solemos responder en unos segundos y, si lo necesita, le atiende una persona.",
	placeholder: "Escriba un mensaje…",
	messageLabel: "Su mensaje",
	send: "Enviar",
	you: "Usted",
	bot: "Asistente",
	agent: "Atención al cliente",
	said: "{who}, {time}:",
	sending: "Enviando…",
	sent: "Enviado",
	seen: "Visto",
	queued: "Se enviará cuando vuelva a tener conexión",
	failed: "No enviado",
	retry: "Reintentar",
	discard: "Descartar",
	typing: "{who} está escribiendo",
	newMessages: "Mensajes nuevos",
	online: "Aquí para ayudarle",
	connecting: "Conectando…",
	away: "Sin conexión",
	offline: "No tiene conexión. Guardamos lo que escriba y lo enviamos en cuanto vuelva.",
	lost: "Se perdió la conexión. Reintentando…",
	refused: "El chat no está disponible en esta página.",
	busy: "Ahora mismo hay mucha actividad. Reintentamos en un momento…",
	parked: "El chat está abierto en muchos sitios. Continuará aquí cuando escriba.",
	back: "Vuelve a tener conexión.",
	waiting: "Enseguida le atiende una persona",
	queueNext: "Es usted la siguiente persona",
	queuePosition: "Número {position} en la cola",
	reference: "Referencia {reference}",
	human: "Habla con {who}",
	humanUnnamed: "Habla con nuestro equipo",
	closed: "Esta conversación está cerrada. Escriba para empezar otra.",
	toHuman: "Le atiende una persona",
	toBot: "Vuelve el asistente",
	refusedMessage: "No se pudo aceptar este mensaje.",
	tooLong: "Sobran {over} caracteres",
	opensInNewTab: "se abre en otra pestaña",
};

export const languages: Record<string, Words> = { en, es };

// The first of the wished language tags that there are words for, else English.
export function chooseLanguage(wished: readonly (string | null | undefined)[]): string {
	for (const tag of wished) {
		const base = tag?.toLowerCase().split(/[-_]/)[0] ?? "";
		if (Object.prototype.hasOwnProperty.call(languages, base)) return base;
	}
	return "en";
}

export function fill(template: string, values: Record<string, string | number>): string {
	return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
