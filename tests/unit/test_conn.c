/*
 * The queue of one connection, over a pair of sockets whose other end is read
 * here in the neighbor's place.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "given.h"

#include "conn.h"

/* More than the kernel takes at once. */
#define MANY_OCTETS (4U << 20)

struct ground {
	struct event_base *base;
	struct conn *conn;
	int neighbors_fd;
	int drained;
};

static void
on_nothing(void *arg)
{
	(void)arg;
	fail_msg("it was connected from the beginning");
}

static void
on_message(void *arg, const struct frame *f)
{
	(void)arg;
	(void)f;
	fail_msg("the neighbor says nothing here");
}

static void
on_bad_frame(void *arg, const struct bgp_notification *why)
{
	(void)arg;
	(void)why;
	fail_msg("the neighbor says nothing here");
}

static void
on_down(void *arg, const char *why)
{
	(void)arg;
	fail_msg("down: %s", why);
}

static void
on_drained(void *arg)
{
	struct ground *g = arg;

	g->drained++;
}

/* Gives the neighbor's end too. */
static struct conn *
new_conn(struct ground *g, int *neighbors_fd)
{
	struct conn_events events = { .on_connected = on_nothing,
		.on_message = on_message,
		.on_bad_frame = on_bad_frame,
		.on_down = on_down,
		.on_drained = on_drained,
		.arg = g };
	struct conn *c;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     fds),
	    0);
	c = conn_new(g->base, fds[0], false, &events);
	assert_non_null(c);
	*neighbors_fd = fds[1];
	return c;
}

static int
set_up(void **state)
{
	struct ground *g = test_calloc(1, sizeof(*g));

	g->base = event_base_new();
	assert_non_null(g->base);
	g->conn = new_conn(g, &g->neighbors_fd);
	*state = g;
	return 0;
}

static int
tear_down(void **state)
{
	struct ground *g = *state;

	close(g->neighbors_fd);
	conn_close(g->conn);
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	event_base_free(g->base);
	test_free(g);
	return 0;
}

/* Queues more than the kernel takes; some is left. */
static void
overfill(struct ground *g)
{
	static const uint8_t octets[MANY_OCTETS];

	assert_int_equal(conn_queue(g->conn, octets, sizeof(octets)), 0);
	conn_flush(g->conn);
	assert_true(conn_queued(g->conn) > 0);
	assert_true(conn_is_busy(g->conn));
}

/* Gives what the neighbor got. */
static size_t
read_all(struct ground *g)
{
	static uint8_t octets[65536];
	size_t got = 0;
	ssize_t n;

	while ((n = read(g->neighbors_fd, octets, sizeof(octets))) > 0)
		got += (size_t)n;
	return got;
}

static void
run_until_drained(struct ground *g, size_t *got)
{
	for (int i = 0; i < 1000 && g->drained == 0; i++) {
		*got += read_all(g);
		event_base_loop(g->base, EVLOOP_NONBLOCK);
	}
	*got += read_all(g);
}

static void
test_drained(void **state)
{
	struct ground *g = *state;
	size_t got = 0;

	overfill(g);
	assert_int_equal(g->drained, 0);
	run_until_drained(g, &got);
	assert_int_equal(g->drained, 1);
	assert_int_equal(got, MANY_OCTETS);
	assert_int_equal(conn_queued(g->conn), 0);
}

/* A KEEPALIVE that finds room must not swallow what others wait for. */
static void
test_drained_though_flushed(void **state)
{
	struct ground *g = *state;
	size_t got = 0;

	overfill(g);
	for (int i = 0; i < 1000; i++) {
		got += read_all(g);
		conn_flush(g->conn);
	}
	run_until_drained(g, &got);
	assert_int_equal(g->drained, 1);
	assert_int_equal(got, MANY_OCTETS);
}

static bool
is_taken(int neighbors_fd)
{
	return send(neighbors_fd, "", 1, MSG_NOSIGNAL) == 1;
}

static void
test_few_linger(void **state)
{
	struct ground *g = *state;
	int fds[CONN_LINGERING_MAX + 1];

	for (size_t i = 0; i <= CONN_LINGERING_MAX; i++)
		conn_close(new_conn(g, &fds[i]));
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	assert_false(is_taken(fds[0]));
	for (size_t i = 1; i <= CONN_LINGERING_MAX; i++)
		assert_true(is_taken(fds[i]));
	/* the neighbor closes: none lingers any more, and others may */
	for (size_t i = 0; i <= CONN_LINGERING_MAX; i++)
		close(fds[i]);
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	conn_close(new_conn(g, &fds[0]));
	conn_close(new_conn(g, &fds[1]));
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	assert_true(is_taken(fds[0]));
	close(fds[0]);
	close(fds[1]);
	event_base_loop(g->base, EVLOOP_NONBLOCK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drained, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_drained_though_flushed,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_few_linger, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
