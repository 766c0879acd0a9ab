/*
 * libcurl's multi-socket interface on the loop: whoever speaks HTTP or mail as a client
 * adds prepared easy handles here and hears when they are done. `done` runs from the
 * loop, never from inside curl_loop_add().
 */
#ifndef NET_CURL_LOOP_H
#define NET_CURL_LOOP_H

#include "env/env.h"

#include <curl/curl.h>

struct curl_loop;

struct curl_job {
	CURL *easy; /* the caller's; CURLOPT_PRIVATE is the loop's */
	/* The transfer is over and the handle is already taken out. */
	void (*done)(struct curl_job *job, CURLcode result);
	void *owner;
	bool added;
};

struct curl_loop *curl_loop_new(struct env *env);
/* No job may be in it. The memory goes when the loop has closed the sockets. May be
 * called from inside a `done`. */
void curl_loop_free(struct curl_loop **l);
/* For options (CURLMOPT_MAX_TOTAL_CONNECTIONS …). */
CURLM *curl_loop_multi(struct curl_loop *l);
/* Not from inside libcurl's own callbacks (write, header, read). */
void curl_loop_add(struct curl_loop *l, struct curl_job *job);
/* Stops a transfer; its `done` does not run. Nothing when it is not in. Not from inside
 * libcurl's own callbacks. */
void curl_loop_remove(struct curl_loop *l, struct curl_job *job);

#endif
