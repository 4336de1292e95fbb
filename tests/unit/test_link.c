/*
 * Two ends of a socketpair on one loop: messages small and large, the end of
 * the other side, and what is no message.
 */
#include "hex.h"

#include <sys/socket.h>

#include <unistd.h>

#include "link.h"

/* One end and what came there. */
struct end {
	struct event_base *base;
	struct link *link;
	size_t messages, octets;
	enum channel_type last;
	uint8_t last_octet;
	size_t wanted; /* leaves the loop after so many */
	int closed;
};

static void
on_message(void *arg, enum channel_type type, struct wire_in body)
{
	struct end *end = arg;

	end->messages++;
	end->octets += body.left;
	end->last = type;
	end->last_octet = 0;
	if (body.left > 0)
		end->last_octet = body.at[body.left - 1];
	if (end->messages == end->wanted)
		event_base_loopbreak(end->base);
}

static void
on_close(void *arg)
{
	struct end *end = arg;

	end->closed++;
	event_base_loopbreak(end->base);
}

static void
open_end(struct end *end, struct event_base *base, int fd)
{
	struct link_events events = { on_message, on_close, end };

	*end = (struct end){ .base = base };
	end->link = link_new(base, fd, &events);
	assert_non_null(end->link);
}

/* Sends len octets of value behind the type. */
static int
send_octets(struct end *end, enum channel_type type, size_t len, uint8_t value)
{
	struct wire_out out;
	uint8_t *octets = malloc(len + 1);
	int rc;

	assert_non_null(octets);
	memset(octets, value, len);
	wire_out_init(&out, CHANNEL_MESSAGE_MAX);
	channel_begin(&out, type);
	wire_put_bytes(&out, octets, len);
	rc = link_send(end->link, &out);
	wire_out_fini(&out);
	free(octets);
	return rc;
}

struct pair {
	struct event_base *base;
	struct end a, b;
	int b_fd;
};

static int
open_pair(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	int fds[2];

	assert_non_null(p);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p->base = event_base_new();
	assert_non_null(p->base);
	open_end(&p->a, p->base, fds[0]);
	open_end(&p->b, p->base, fds[1]);
	p->b_fd = fds[1];
	*state = p;
	return 0;
}

static int
close_pair(void **state)
{
	struct pair *p = *state;

	link_free(p->a.link);
	link_free(p->b.link);
	event_base_free(p->base);
	free(p);
	return 0;
}

static void
test_many_small_messages(void **state)
{
	struct pair *p = *state;

	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(send_octets(&p->a, CHANNEL_NAMES, i % 100,
				     (uint8_t)i),
		    0);
	assert_int_equal(send_octets(&p->b, CHANNEL_STOP, 0, 0), 0);
	p->b.wanted = 10000;
	event_base_dispatch(p->base);
	assert_int_equal(p->b.messages, 10000);
	assert_int_equal(p->b.octets, 10000 / 100 * (99 * 100 / 2));
	assert_int_equal(p->a.messages, 1);
	assert_int_equal(p->a.last, CHANNEL_STOP);
	assert_int_equal(link_queued(p->a.link), 0);
}

/* What there is room for does not wait for the loop; all keeps its order. */
static void
test_at_once(void **state)
{
	struct pair *p = *state;
	uint8_t octets[16];

	assert_int_equal(send_octets(&p->a, CHANNEL_READY, 2, 0), 0);
	assert_int_equal(link_queued(p->a.link), 0);
	assert_int_equal(recv(p->b_fd, octets, sizeof(octets),
			     MSG_PEEK | MSG_DONTWAIT),
	    4 + 1 + 2);
	assert_int_equal(send_octets(&p->a, CHANNEL_COMMIT, 10 << 20, 0), 0);
	assert_in_range(link_queued(p->a.link), 1, 10 << 20);
	assert_int_equal(send_octets(&p->a, CHANNEL_STOP, 0, 0), 0);
	p->b.wanted = 3;
	event_base_dispatch(p->base);
	assert_int_equal(p->b.octets, 2 + (10 << 20));
	assert_int_equal(p->b.last, CHANNEL_STOP);
	assert_int_equal(link_queued(p->a.link), 0);
}

static void
test_the_largest_message(void **state)
{
	struct pair *p = *state;
	size_t len = CHANNEL_MESSAGE_MAX - 1; /* and its type */

	assert_int_equal(send_octets(&p->a, CHANNEL_CLAIMS, 3, 1), 0);
	assert_int_equal(send_octets(&p->a, CHANNEL_COMMIT, len, 0xab), 0);
	assert_int_equal(send_octets(&p->a, CHANNEL_LOADED, 1, 2), 0);
	p->b.wanted = 3;
	event_base_dispatch(p->base);
	assert_int_equal(p->b.octets, len + 4);
	assert_int_equal(p->b.last, CHANNEL_LOADED);
	assert_int_equal(p->b.last_octet, 2);
}

static void
test_refused_to_be_sent(void **state)
{
	struct pair *p = *state;
	struct wire_out out;

	wire_out_init(&out, 1);
	assert_int_equal(link_send(p->a.link, &out), -1); /* empty */
	channel_begin(&out, CHANNEL_STOP);
	wire_put_u8(&out, 0); /* there is no room for it */
	assert_int_equal(link_send(p->a.link, &out), -1);
	wire_out_fini(&out);
	assert_int_equal(link_queued(p->a.link), 0);
}

static void
test_end_after_the_last_message(void **state)
{
	struct pair *p = *state;

	assert_int_equal(send_octets(&p->a, CHANNEL_READY, 0, 0), 0);
	link_flush(p->a.link);
	assert_int_equal(link_queued(p->a.link), 0);
	link_free(p->a.link);
	p->a.link = NULL;
	event_base_dispatch(p->base);
	assert_int_equal(p->b.messages, 1);
	assert_int_equal(p->b.closed, 1);
	assert_int_equal(send_octets(&p->b, CHANNEL_STOP, 0, 0), -1);
}

static void
test_drain(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 4; i++)
		assert_int_equal(send_octets(&p->a, CHANNEL_COMMIT, 30000, 1),
		    0);
	link_flush(p->a.link);
	link_free(p->a.link);
	p->a.link = NULL;
	/* nobody reads any more, which must not end it before all is read */
	assert_int_equal(send_octets(&p->b, CHANNEL_STOP, 0, 0), 0);
	link_flush(p->b.link);
	link_drain(p->b.link);
	assert_int_equal(p->b.messages, 4);
	assert_int_equal(p->b.closed, 0); /* that comes from the loop */
}

/* The raw bytes end the link with so many messages before. */
static void
check_bytes(const char *hex, size_t messages)
{
	struct hex h = hex_new(hex);
	struct event_base *base = event_base_new();
	struct end end;
	int fds[2];

	assert_non_null(base);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	open_end(&end, base, fds[1]);
	assert_int_equal(write(fds[0], h.bytes, h.len), h.len);
	event_base_dispatch(base);
	assert_int_equal(end.messages, messages);
	assert_int_equal(end.closed, 1);
	link_free(end.link);
	close(fds[0]);
	event_base_free(base);
	hex_free(&h);
}

static void
test_no_messages(void **state)
{
	(void)state;
	check_bytes("00000000", 0);
	check_bytes("00000001 08 00000000", 1);
	check_bytes("04000001", 0); /* one above the largest */
	check_bytes("00000001 08 ffffffff 00", 1);
}

/* A message that comes octet by octet. */
static void
test_drops(void **state)
{
	struct event_base *base = event_base_new();
	struct hex h = hex_new("00000003 01 aabb 00000001 08");
	struct end end;
	int fds[2];

	(void)state;
	assert_non_null(base);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	open_end(&end, base, fds[1]);
	for (size_t i = 0; i < h.len; i++) {
		assert_int_equal(write(fds[0], h.bytes + i, 1), 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(end.messages,
		    i == h.len - 1 ? 2
			: i >= 6   ? 1
				   : 0);
	}
	assert_int_equal(end.octets, 2);
	link_free(end.link);
	close(fds[0]);
	event_base_free(base);
	hex_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_many_small_messages,
		    open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_at_once, open_pair,
		    close_pair),
		cmocka_unit_test_setup_teardown(test_the_largest_message,
		    open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_refused_to_be_sent,
		    open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_end_after_the_last_message,
		    open_pair, close_pair),
		cmocka_unit_test_setup_teardown(test_drain, open_pair,
		    close_pair),
		cmocka_unit_test(test_no_messages),
		cmocka_unit_test(test_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
