# The rules of tools/tidy on C files; called with the room table in front (-v floors=…) and all files as arguments.
# Works with mawk and gawk. Code is looked at without comments and strings, so that prose may name anything.

function report(message)
{
	printf "%s:%d: %s\n", FILENAME, FNR, message
	found++
}

# The line without strings, character constants and comments; a comment may go on over lines.
function strip(line,    out, at, rest)
{
	out = ""
	while (line != "") {
		if (in_comment) {
			at = index(line, "*/")
			if (!at)
				return out
			line = substr(line, at + 2)
			in_comment = 0
			continue
		}
		if (!match(line, /"|'|\/\*|\/\//))
			return out line
		out = out substr(line, 1, RSTART - 1)
		rest = substr(line, RSTART)
		if (substr(rest, 1, 2) == "//")
			return out
		if (substr(rest, 1, 2) == "/*") {
			in_comment = 1
			line = substr(rest, 3)
			continue
		}
		if (!match(rest, /^"([^"\\]|\\.)*"|^'([^'\\]|\\.)*'/))
			return out rest
		out = out (substr(rest, 1, 1) == "'" ? "'c'" : "\"\"")
		line = substr(rest, RLENGTH + 1)
	}
	return out
}

function check_include(line,    target, own)
{
	if (line !~ /^#include "/)
		return
	target = line
	sub(/^#include "/, "", target)
	sub(/".*/, "", target)
	if (target !~ /\// || room == "")
		return
	sub(/\/.*/, "", target)
	own = floor[room]
	if (!(target in floor))
		report("include of a room that is not on the map: " target)
	else if (target != room && floor[target] >= own)
		report("include goes up or sideways: " room " (floor " own ") must not see " target " (floor " floor[target] ")")
}

function check_calls(code,    rest, name)
{
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
		name = substr(rest, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", name)
		if (name in banned && !(FILENAME ~ /_test\.c$/ && name == "system") && substr(rest, RSTART - 1, 1) !~ /[.>]/)
			report("banned call: " name)
		rest = substr(rest, RSTART + RLENGTH)
	}
}

# A variable that can change, at file scope or static in a function. Tests may have them, and two files must.
function check_variable(code,    left)
{
	if (FILENAME ~ /_test\.c$/ || FILENAME ~ /cmd\/main\.c$/ || FILENAME ~ /base\/log\.c$/ || FILENAME !~ /src\/.*\.c$/)
		return
	if (code !~ /^[ \t]+static / && !(depth == 0 && code ~ /^[a-z_]/ && code ~ /[;={]/))
		return
	if (code ~ /^(typedef|extern|struct [a-z_0-9]+|union [a-z_0-9]+|enum [a-z_0-9]*) *[;{]/ || code ~ /^(typedef|enum|extern) /)
		return
	left = code
	sub(/=.*/, "", left)
	# With a parenthesis before any "=" it is a function, unless a name stands in (*name).
	if (left ~ /\(/ && left !~ /^[^(]*\(\*[a-z_0-9]*(\[[^\]]*\])?\)/)
		return
	if (left !~ /[;]/ && code !~ /=/ && code !~ /;/)
		return
	sub(/^.*\*/, "*", left)
	if (left !~ /(^|[^a-z_0-9])const([^a-z_0-9]|$)/)
		report("a file-scope or static variable that can change")
}

function start_function()
{
	in_function = 1
	function_line = FNR
	cases = 0
	deepest = 0
}

# Longer than 70 lines only as one flat switch on a table: at least one line in three is a case, and nothing is nested.
function end_function(    lines)
{
	lines = FNR - function_line - 1
	if (lines > 70 && !(cases * 3 >= lines && deepest <= 3))
		report("a function of " lines " lines; 70 is the most")
	in_function = 0
}

# switch over an own enum: the compiler finds a forgotten value only while there is no default.
function check_switch(code,    tabs, label)
{
	match(code, /^\t*/)
	tabs = RLENGTH
	if (code ~ /^\t*case [A-Z][A-Z0-9_]*:/) {
		label = code
		sub(/^\t*case /, "", label)
		sub(/:.*/, "", label)
		switch_enum[tabs] = (label in constant)
	}
	if (code ~ /^\t*switch \(/)
		switch_enum[tabs] = 0
	if (code ~ /^\t*default:/ && switch_enum[tabs])
		report("default: in a switch over an own enum hides a forgotten value")
}

function check_guard(    name)
{
	if (FILENAME !~ /src\/[a-z]+\/[a-z_0-9]+\.h$/)
		return
	name = FILENAME
	sub(/^.*src\//, "", name)
	gsub(/[\/.]/, "_", name)
	if (guard != toupper(name))
		report("the include guard must be " toupper(name))
}

function end_file(    keep)
{
	if (lines_seen > 1300) {
		printf "%s:%d: a file of %d lines; 1300 is the most\n", last_file, lines_seen, lines_seen
		found++
	}
	if (last_file ~ /\.h$/ && !manual) {
		printf "%s:1: a header starts with its manual: a comment that says what the module is\n", last_file
		found++
	}
}

BEGIN {
	count = split(floors, pairs, " ")
	for (i = 1; i <= count; i++) {
		split(pairs[i], pair, ":")
		floor[pair[1]] = pair[2] + 0
	}
	count = split("strcpy strcat sprintf vsprintf strtok gets gmtime localtime ctime asctime atoi atol atof alloca strncpy " \
		"strncat stpcpy strdupa strndupa tmpnam mktemp tempnam system popen rand srand random srandom", names, " ")
	for (i = 1; i <= count; i++)
		banned[names[i]] = 1
	# First pass: the constants of our enums.
	for (i = 1; i < ARGC; i++) {
		while ((getline line < ARGV[i]) > 0) {
			if (line ~ /^(static )?(const )?enum [a-z_0-9]* ?\{/ || line ~ /^enum \{/)
				collecting = 1
			if (!collecting)
				continue
			rest = line
			sub(/\/\*.*/, "", rest)
			while (match(rest, /[A-Z][A-Z0-9_]+/)) {
				constant[substr(rest, RSTART, RLENGTH)] = 1
				rest = substr(rest, RSTART + RLENGTH)
			}
			if (line ~ /\}/)
				collecting = 0
		}
		close(ARGV[i])
	}
}

FNR == 1 {
	if (last_file != "")
		end_file()
	last_file = FILENAME
	manual = ($0 ~ /^\/\*/)
	in_comment = in_function = depth = 0
	guard = ""
	room = ""
	if (match(FILENAME, /src\/[a-z]+\//))
		room = substr(FILENAME, RSTART + 4, RLENGTH - 5)
	if (room != "" && !(room in floor))
		report("a room that is not on the map: " room)
}

{
	lines_seen = FNR
	check_include($0)
	code = strip($0)
	if (guard == "" && code ~ /^#ifndef /) {
		guard = substr(code, 9)
		check_guard()
	}
	if (code ~ /^[ \t]*#/)
		next
	check_calls(code)
	check_variable(code)
	check_switch(code)
	if (code ~ /^\{/ && depth == 0)
		start_function()
	if (in_function && code ~ /^\t*(case |default:)/)
		cases++
	match(code, /^\t*/)
	if (in_function && RLENGTH > deepest)
		deepest = RLENGTH
	opened = code
	depth += gsub(/\{/, "", opened)
	depth -= gsub(/\}/, "", opened)
	if (code ~ /^\}/ && in_function)
		end_function()
}

END {
	end_file()
	exit found > 0
}
