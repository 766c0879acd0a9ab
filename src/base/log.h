/*
 * The log: JSON lines on standard error, one object a line:
 *	{"ts":"2026-01-02T03:04:05.678Z","level":"info","msg":"listening","address":"127.0.0.1:8080"}
 *
 * Fields follow the message as name, value pairs and end with NULL. Names may carry a
 * type behind a colon: "n:i" int64_t, "ok:b" int, "x:d" double, "s:s" struct str; without
 * one the value is const char *.
 *
 *	log_info("listening", "address", address, "port:i", (int64_t)port, NULL);
 *
 * Whoever decides logs, once. Personal data and secrets are never logged.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

/* Lines under this level are dropped. The only changing state besides main's. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* Where lines go; 2 (standard error) from the start. */
void log_set_fd(int fd);

void log_line(enum log_level level, const char *msg, ...) __attribute__((sentinel));
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
