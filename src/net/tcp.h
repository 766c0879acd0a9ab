/*
 * TCP connections on the loop, as HTTP and WebSocket use them: shared reading, gathered
 * writing, time limits in classes.
 *
 * A struct tcp_set is what the connections of one server (or of all clients) share: one
 * read buffer, the list of those with something to write, one timer. A struct tcp is
 * embedded by its owner.
 *
 * Reading: `read` gets the bytes in the shared buffer; what the owner wants to keep it
 * copies. Writing: tcp_write() only appends. The bytes leave in one system call when the
 * read callback that caused them ends, else behind `between` or before the loop sleeps; so
 * several replies share a packet. What the kernel does not take waits in a block of its
 * own, and a reader that takes nothing for write_timeout_ms is cut. Time: a connection waits
 * in at most one class at a time. All waits of a class last equally long, so a class is a
 * queue whose first is due first, and one timer looks only at the fronts.
 *
 * Many at once must not keep the others waiting: of connections whose time is up one turn
 * of the loop ends TCP_ENDS_MAX. And they share their memory: when more than queued_max
 * bytes wait to be written, the reader that has taken nothing for longest is cut.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "base/buf.h"
#include "base/list.h"
#include "env/env.h"
#include "wire/ip.h"

#include <uv.h>

#define TCP_READ_BUFFER (64u << 10)

enum tcp_wait {
	TCP_WAIT_HEAD,
	TCP_WAIT_BODY,
	TCP_WAIT_IDLE,
	TCP_WAIT_PING,   /* WebSocket: since the peer was last heard */
	TCP_WAIT_PONG,   /* WebSocket: since our ping */
	TCP_WAIT_LINGER, /* we have said our last; the peer may still send */
	TCP_WAIT_COUNT,
	TCP_WAIT_NONE = TCP_WAIT_COUNT,
};

struct tcp;
struct tcp_write;

struct tcp_set {
	uv_loop_t *loop;
	struct env *env;
	char *read_buffer;
	struct buf spare;    /* memory for the next connection that writes */
	int64_t turns;       /* of the loop so far */
	struct list dirty;   /* connections with bytes to flush or a `ready` to run */
	struct list writing; /* struct tcp_write, the oldest progress first */
	struct list waits[TCP_WAIT_COUNT];
	int64_t wait_ms[TCP_WAIT_COUNT];
	int64_t write_timeout_ms;
	uv_idle_t wake; /* keeps the loop from sleeping while something is dirty */
	uv_prepare_t flush;
	uv_timer_t tick;
	int64_t tick_ms; /* how often the timer looks */
	size_t open;     /* connections whose `closed` has not run */
	int64_t bytes_in, bytes_out;
	size_t queued, queued_max; /* bytes of `writing` */
	int handles;               /* of the set itself that the loop still holds */
	bool closing;
	/* Runs behind each read, may be NULL: what is due meanwhile does not wait until all
	 * that was ready at once is worked on. */
	void (*between)(struct tcp_set *set);
	void (*closed)(struct tcp_set *set);
	void *owner;
};

struct tcp_ops {
	/* Bytes arrived; p may be changed. */
	void (*read)(struct tcp *t, char *p, size_t n);
	/* The peer sends no more (error false) or the connection broke; runs at most
	 * once. The owner decides to close. */
	void (*ended)(struct tcp *t, bool error);
	/* A class's time is up. */
	void (*timeout)(struct tcp *t, enum tcp_wait wait);
	/* After tcp_want_drained(), when the kernel has taken all that was queued. */
	void (*drained)(struct tcp *t);
	/* After tcp_want_ready(), before the loop sleeps. */
	void (*ready)(struct tcp *t);
	/* The socket is closed, the memory is the owner's again. */
	void (*closed)(struct tcp *t);
};

struct tcp {
	uv_tcp_t handle;
	struct tcp_set *set;
	const struct tcp_ops *ops;
	void *owner;
	struct buf out;            /* not handed to the kernel yet */
	struct tcp_write *writing; /* handed to libuv, waits for the kernel */
	struct list dirty_link;
	struct list wait_link;
	int64_t wait_until; /* loop time in ms */
	int lingering;      /* bytes that the peer had not taken when we last looked */
	uint8_t wait;       /* enum tcp_wait */
	bool reading, in_read, in_dirty, want_ready, want_drained, ended, finishing, shut,
		closing;
};

/* wait_ms[], write_timeout_ms, queued_max and between are the caller's to set between init and
 * the first connection. */
void tcp_set_init(struct tcp_set *set, struct env *env);
/* Looks at the classes' times anew; call after they were set. */
void tcp_set_times_changed(struct tcp_set *set);
/* All connections must have closed; `closed` runs when the loop holds nothing of the set
 * any more. */
void tcp_set_fini(struct tcp_set *set, void (*closed)(struct tcp_set *set));

void tcp_init(struct tcp_set *set, struct tcp *t, const struct tcp_ops *ops, void *owner);
void tcp_read_start(struct tcp *t);
void tcp_read_stop(struct tcp *t);
void tcp_write(struct tcp *t, struct str bytes);
/* Where a writer appends directly; call tcp_wrote() afterwards. */
struct buf *tcp_out(struct tcp *t);
void tcp_wrote(struct tcp *t);
/* Bytes not yet taken by the kernel. */
size_t tcp_queued(const struct tcp *t);
void tcp_want_ready(struct tcp *t);
void tcp_want_drained(struct tcp *t);
void tcp_wait(struct tcp *t, enum tcp_wait wait);
/* Sends what is queued, says no more, and closes when the peer does so too or
 * TCP_WAIT_LINGER is over and it takes nothing more: a plain close would let the kernel
 * throw away what the peer has not read yet. No `read` runs afterwards. */
void tcp_finish(struct tcp *t);
/* At once; `closed` follows from the loop. */
void tcp_close(struct tcp *t);
bool tcp_peer(const struct tcp *t, struct ip *out);

#endif
