#include "base/limits.h"
#include "base/utf8.h"
#include "wire/cel_ast.h"

enum err
cel_error_at(struct error *e, struct str text, size_t at, const char *fmt, ...)
{
	va_list ap;
	int line = 1, column = 1;
	for (size_t i = 0; i < at && i < text.n; i++) {
		bool newline = text.p[i] == '\n';
		line += newline;
		/* Columns count code points: a byte that continues one adds nothing. */
		column = newline ? 1 : column + ((text.p[i] & 0xc0) != 0x80);
	}
	char message[200];
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	return err_set_line(e, ERR_INVALID, line, "column %d: %s", column, message);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte `ahead` of where the lexer stands; 0 behind the end. */
static char
peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->text.n ? l->text.p[l->at + ahead] : 0;
}

static void
skip_blanks(struct lexer *l)
{
	for (;;) {
		char c = peek(l, 0);
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
			l->at++;
		} else if (c == '/' && peek(l, 1) == '/') {
			while (l->at < l->text.n && l->text.p[l->at] != '\n')
				l->at++;
		} else {
			return;
		}
	}
}

static enum err
lex_error(struct lexer *l, size_t at, const char *what)
{
	return cel_error_at(l->error, l->text, at, "%s", what);
}

static size_t
count_digits(const struct lexer *l, size_t ahead)
{
	size_t n = 0;
	while (is_digit(peek(l, ahead + n)))
		n++;
	return n;
}

/* Length of the fraction and exponent behind `whole` digits; 0 when the number is
 * whole.
 */
static size_t
float_tail(const struct lexer *l, size_t whole)
{
	size_t n = 0;
	if (peek(l, whole) == '.' && is_digit(peek(l, whole + 1)))
		n = 1 + count_digits(l, whole + 1);
	char e = peek(l, whole + n);
	if (e != 'e' && e != 'E')
		return n;
	char sign = peek(l, whole + n + 1);
	size_t skip = sign == '+' || sign == '-' ? 2 : 1;
	size_t power = count_digits(l, whole + n + skip);
	return power ? n + skip + power : n;
}

static bool
digits_value(struct str digits, unsigned base, uint64_t *out)
{
	uint64_t v = 0;
	for (size_t i = 0; i < digits.n; i++) {
		if (__builtin_mul_overflow(v, base, &v) ||
			__builtin_add_overflow(v, (uint64_t)hex_value(digits.p[i]), &v))
			return false;
	}
	*out = v;
	return true;
}

static enum err
lex_whole(struct lexer *l, struct str digits, unsigned base, struct token *out)
{
	size_t start = out->at;
	uint64_t v;
	if (!digits_value(digits, base, &v))
		return lex_error(l, start, "the number is too large");
	if (peek(l, 0) == 'u' || peek(l, 0) == 'U') {
		l->at++;
		out->value = (struct cel_value){.type = CEL_UINT, .u = v};
	} else if (v > (uint64_t)INT64_MAX + 1) {
		return lex_error(l, start, "the number is too large");
	} else {
		out->value = cel_int(v > INT64_MAX ? INT64_MIN : (int64_t)v);
	}
	return OK;
}

static enum err
lex_number(struct lexer *l, struct token *out)
{
	size_t start = l->at;
	enum err err = OK;
	if (peek(l, 0) == '0' && peek(l, 1) == 'x' && hex_value(peek(l, 2)) >= 0) {
		l->at += 2;
		size_t from = l->at;
		while (hex_value(peek(l, 0)) >= 0)
			l->at++;
		err = lex_whole(l, str_sub(l->text, from, l->at), 16, out);
	} else {
		size_t whole = count_digits(l, 0), tail = float_tail(l, whole);
		l->at += whole + tail;
		struct str text = str_sub(l->text, start, l->at);
		if (tail == 0) {
			err = lex_whole(l, text, 10, out);
		} else {
			out->value.type = CEL_DOUBLE;
			if (!str_to_double(text, &out->value.d))
				err = lex_error(l, start, "the number is too large");
		}
	}
	if (!err && (is_letter(peek(l, 0)) || is_digit(peek(l, 0))))
		return lex_error(l, start, "a letter within a number");
	out->kind = TOKEN_VALUE;
	return err;
}

/* What a string literal's prefix and quotes say. */
struct quoting {
	char quote;
	bool raw, bytes, triple;
};

static void
add_octet(struct buf *b, uint32_t v)
{
	buf_add_char(b, (char)(unsigned char)v);
}

static enum err
escape_number(struct lexer *l, const struct quoting *q, size_t start, int digits,
	unsigned base, struct buf *out)
{
	uint32_t v = 0;
	for (int i = 0; i < digits; i++) {
		int d = hex_value(peek(l, 0));
		if (d < 0 || d >= (int)base)
			return lex_error(l, start, "an escape with too few digits");
		v = v * base + (uint32_t)d;
		l->at++;
	}
	if (q->bytes && v <= 0xff && digits <= 3)
		add_octet(out, v);
	else if (q->bytes || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return lex_error(l, start, "an escape that is no character");
	else
		utf8_add(out, v);
	return OK;
}

static enum err
lex_escape(struct lexer *l, const struct quoting *q, struct buf *out)
{
	static const char letters[] = "abfnrtv\\?\"'`";
	static const char meaning[] = "\a\b\f\n\r\t\v\\?\"'`";
	size_t start = l->at++;
	char c = peek(l, 0);
	const char *simple = c ? strchr(letters, c) : NULL;
	if (simple) {
		buf_add_char(out, meaning[simple - letters]);
		l->at++;
		return OK;
	}
	if (c >= '0' && c <= '3')
		return escape_number(l, q, start, 3, 8, out);
	l->at++;
	switch (c) {
	case 'x':
	case 'X':
		return escape_number(l, q, start, 2, 16, out);
	case 'u':
		return escape_number(l, q, start, 4, 16, out);
	case 'U':
		return escape_number(l, q, start, 8, 16, out);
	default:
		return lex_error(l, start, "an escape that does not exist");
	}
}

static bool
at_end_quote(const struct lexer *l, const struct quoting *q)
{
	return peek(l, 0) == q->quote &&
		(!q->triple || (peek(l, 1) == q->quote && peek(l, 2) == q->quote));
}

static enum err
lex_string_body(struct lexer *l, const struct quoting *q, size_t start, struct buf *out)
{
	while (!at_end_quote(l, q)) {
		if (l->at >= l->text.n)
			return lex_error(l, start, "a string that is not closed");
		char c = l->text.p[l->at];
		if (!q->triple && (c == '\n' || c == '\r'))
			return lex_error(
				l, start, "a string that is not closed on its line");
		if (c == '\\' && !q->raw) {
			enum err err = lex_escape(l, q, out);
			if (err)
				return err;
			continue;
		}
		buf_add_char(out, c);
		l->at++;
	}
	l->at += q->triple ? 3 : 1;
	return OK;
}

static enum err
lex_string(struct lexer *l, size_t prefix, struct token *out)
{
	struct quoting q = {0};
	size_t start = l->at;
	for (size_t i = 0; i < prefix; i++) {
		char c = (char)(peek(l, i) | 0x20);
		q.raw = q.raw || c == 'r';
		q.bytes = q.bytes || c == 'b';
	}
	l->at += prefix;
	q.quote = peek(l, 0);
	q.triple = peek(l, 1) == q.quote && peek(l, 2) == q.quote;
	l->at += q.triple ? 3 : 1;
	struct buf b;
	buf_init(&b, 4 * CEL_EXPR_MAX);
	enum err err = lex_string_body(l, &q, start, &b);
	out->kind = TOKEN_VALUE;
	out->value.type = q.bytes ? CEL_BYTES : CEL_STRING;
	out->value.s = arena_str(l->arena, buf_str(&b));
	buf_fini(&b);
	return err;
}

/* Number of letters before the quotes when a string literal stands here: 'x' 0, r'x' 1,
 * bR'x' 2; -1 when none does. */
static int
string_prefix(const struct lexer *l)
{
	bool raw = false, bytes = false;
	for (int i = 0; i < 3; i++) {
		char c = peek(l, (size_t)i);
		if (c == '\'' || c == '"')
			return i;
		if ((c == 'r' || c == 'R') && !raw)
			raw = true;
		else if ((c == 'b' || c == 'B') && !bytes)
			bytes = true;
		else
			return -1;
	}
	return -1;
}

static enum err
lex_word(struct lexer *l, struct token *out)
{
	size_t start = l->at;
	while (is_letter(peek(l, 0)) || is_digit(peek(l, 0)))
		l->at++;
	struct str word = str_sub(l->text, start, l->at);
	out->kind = TOKEN_IDENT;
	if (str_eq(word, STR("in"))) {
		out->kind = TOKEN_IN;
	} else if (str_eq(word, STR("true")) || str_eq(word, STR("false"))) {
		out->kind = TOKEN_VALUE;
		out->value = cel_bool(word.n == 4);
	} else if (str_eq(word, STR("null"))) {
		out->kind = TOKEN_VALUE;
		out->value = (struct cel_value){.type = CEL_NULL};
	}
	return OK;
}

static enum err
lex_quoted_name(struct lexer *l, struct token *out)
{
	size_t start = l->at++;
	while (is_letter(peek(l, 0)) || is_digit(peek(l, 0)) ||
		(peek(l, 0) && strchr("-./ ", peek(l, 0))))
		l->at++;
	if (peek(l, 0) != '`' || l->at == start + 1)
		return lex_error(l, start,
			"a name in ` ` is made of letters, digits and _ - . / or blanks");
	out->kind = TOKEN_QUOTED;
	out->text = str_sub(l->text, start + 1, l->at++);
	return OK;
}

static enum err
lex_sign(struct lexer *l, struct token *out)
{
	static const struct {
		char text[3];
		enum token_kind kind;
	} signs[] = {
		{"||", TOKEN_OR},
		{"&&", TOKEN_AND},
		{"==", TOKEN_EQ},
		{"!=", TOKEN_NE},
		{"<=", TOKEN_LE},
		{">=", TOKEN_GE},
		{"<", TOKEN_LT},
		{">", TOKEN_GT},
		{"+", TOKEN_PLUS},
		{"-", TOKEN_MINUS},
		{"*", TOKEN_STAR},
		{"/", TOKEN_SLASH},
		{"%", TOKEN_PERCENT},
		{"!", TOKEN_NOT},
		{"?", TOKEN_QUESTION},
		{":", TOKEN_COLON},
		{",", TOKEN_COMMA},
		{".", TOKEN_DOT},
		{"(", TOKEN_OPEN_PAREN},
		{")", TOKEN_CLOSE_PAREN},
		{"[", TOKEN_OPEN_BRACKET},
		{"]", TOKEN_CLOSE_BRACKET},
		{"{", TOKEN_OPEN_BRACE},
		{"}", TOKEN_CLOSE_BRACE},
	};
	struct str rest = str_sub(l->text, l->at, l->text.n);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		struct str sign = str_of(signs[i].text);
		if (str_starts(rest, sign)) {
			out->kind = signs[i].kind;
			l->at += sign.n;
			return OK;
		}
	}
	if (str_starts(rest, STR("=")))
		return lex_error(
			l, l->at, "\"=\" is no operator; to compare, write \"==\"");
	if (str_starts(rest, STR("&")) || str_starts(rest, STR("|")))
		return lex_error(l, l->at, "write \"&&\" for and, \"||\" for or");
	return lex_error(l, l->at, "a character that has no meaning here");
}

enum err
cel_lex(struct lexer *l, struct token *out)
{
	skip_blanks(l);
	struct token t = {.kind = TOKEN_END, .at = (uint32_t)l->at};
	enum err err = OK;
	char c = peek(l, 0);
	int prefix = string_prefix(l);
	if (l->at >= l->text.n) {
		*out = t;
		return OK;
	}
	if (prefix >= 0)
		err = lex_string(l, (size_t)prefix, &t);
	else if (is_letter(c))
		err = lex_word(l, &t);
	else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
		err = lex_number(l, &t);
	else if (c == '`')
		err = lex_quoted_name(l, &t);
	else
		err = lex_sign(l, &t);
	if (t.kind != TOKEN_QUOTED)
		t.text = str_sub(l->text, t.at, l->at);
	*out = t;
	return err;
}
