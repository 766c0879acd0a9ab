#include "cmd/cmd.h"

#include <curl/curl.h>
#include <sqlite3.h>
#include <uv.h>

static int
version_run(const struct args *args)
{
	(void)args;
	printf("parley %s\nlibuv %s, SQLite %s, libcurl %s\n", PARLEY_VERSION,
		uv_version_string(), sqlite3_libversion(),
		curl_version_info(CURLVERSION_NOW)->version);
	return 0;
}

const struct command cmd_version = {
	.name = "version",
	.usage = "",
	.summary = "print the version and those of the libraries underneath",
	.run = version_run,
};
