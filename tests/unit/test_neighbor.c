/*
 * A neighbor that connects to us over a real socket on loopback, with a clock
 * that is not: what the conformance tests would have to wait for.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include "fake_clock.h"
#include "given.h"

#include "bgp.h"
#include "frame.h"
#include "log.h"
#include "neighbor.h"
#include "open.h"
#include "refresh.h"
#include "rib.h"

/* How long the kernel may take for what is on its way. */
#define PATIENCE_MS 20
/* RFC 4271, section 8.2.2: the large hold timer. */
#define LARGE_HOLD_MS INT64_C(240000)
/* Between two refreshes that the neighbor asks for. */
#define PAUSE_MS INT64_C(1000)

struct ground {
	struct event_base *base;
	struct config config;
	struct config_neighbor of;
	struct rib *rib;
	struct neighbor *neighbor;
	int fd; /* the neighbor's end */
	char heard[64];
};

static void
on_up(void *arg, struct neighbor *n, const struct prefix *local_address)
{
	(void)arg;
	(void)n;
	(void)local_address;
}

static void
on_down(void *arg, struct neighbor *n, uint32_t lost)
{
	(void)arg;
	(void)n;
	(void)lost;
}

static void
on_slot(void *arg, struct neighbor *n, uint32_t slot)
{
	(void)arg;
	(void)n;
	(void)slot;
}

static void
on_sent(void *arg, struct neighbor *n)
{
	(void)arg;
	(void)n;
}

static void
fill_config(struct ground *g)
{
	g->config.local_as = 64500;
	g->config.router_id = 0xc0000201;
	strlcpy(g->of.name, "n", sizeof(g->of.name));
	g->of.address = given_prefix("127.0.0.1");
	g->of.remote_as = 64501;
	g->of.enabled = g->of.passive = true;
	g->of.connect_retry_s = 5;
	g->of.hold_time_s = 90;
	g->of.multihop = 1;
	g->of.role = ROLE_NONE;
	g->of.families = FAMILY_BIT(FAMILY_IPV4);
	g->of.announce = ANNOUNCE_AGGREGATES;
}

static int
setup(void **state)
{
	struct prefix aggregate = given_prefix("203.0.113.0/24");
	struct ground *g = calloc(1, sizeof(*g));
	struct neighbor_parts parts = { .on_up = on_up,
		.on_down = on_down,
		.on_delivered = on_slot,
		.on_uncovered = on_slot,
		.on_sent = on_sent };

	assert_non_null(g);
	log_set_level(LOG_LEVEL_ERROR);
	g->fd = -1;
	g->base = parts.base = event_base_new();
	g->rib = parts.rib = rib_new();
	assert_non_null(g->base);
	assert_non_null(g->rib);
	assert_int_equal(rib_reserve(g->rib, 1), 0);
	rib_add(g->rib, &aggregate, NULL);
	fill_config(g);
	parts.config = &g->config;
	g->neighbor = neighbor_new(&parts, &g->of);
	assert_non_null(g->neighbor);
	assert_int_equal(ribout_reserve(neighbor_ribout(g->neighbor)), 0);
	neighbor_start(g->neighbor);
	neighbor_loaded(g->neighbor);
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	struct ground *g = *state;

	neighbor_free(g->neighbor);
	rib_free(g->rib);
	event_base_free(g->base);
	close(g->fd);
	free(g);
	return 0;
}

/* The neighbor opens a connection, which our listener would have accepted. */
static void
connect_to_us(struct ground *g)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

	assert_int_equal(bind(listener, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&sin, &len),
	    0);
	g->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(g->fd, (struct sockaddr *)&sin, len), 0);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_int_not_equal(fd, -1);
	close(listener);
	neighbor_accept(g->neighbor, fd);
}

static void
say(struct ground *g, struct wire_out *out)
{
	assert_false(out->failed);
	assert_int_equal(send(g->fd, out->bytes, out->len, MSG_NOSIGNAL),
	    (ssize_t)out->len);
	wire_out_fini(out);
	fake_turn(g->base);
}

static void
say_open(struct ground *g, uint16_t hold_time_s)
{
	struct bgp_open open = { .version = BGP_VERSION,
		.as = 64501,
		.hold_time_s = hold_time_s,
		.bgp_id = 0x0a000002,
		.caps = { .role = ROLE_NONE,
		    .multiprotocol = true,
		    .families = FAMILY_BIT(FAMILY_IPV4),
		    .route_refresh = true,
		    .enhanced_refresh = true,
		    .as4 = true,
		    .as = 64501 } };
	struct wire_out out;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	open_encode(&open, &out);
	say(g, &out);
}

static void
say_keepalive(struct ground *g)
{
	struct wire_out out;

	wire_out_init(&out, BGP_HEADER_LEN);
	frame_keepalive(&out);
	say(g, &out);
}

/* It asks for all routes again, so many times at once. */
static void
say_refresh(struct ground *g, int times)
{
	struct bgp_refresh refresh = { .afi = BGP_AFI_IPV4,
		.safi = BGP_SAFI_UNICAST };
	struct wire_out out;

	wire_out_init(&out, BGP_MESSAGE_MAX);
	for (int i = 0; i < times; i++)
		refresh_encode(&refresh, &out);
	say(g, &out);
}

/* A letter for each message, 'B' and 'E' for BoRR and EoRR. */
static void
note_heard(struct ground *g, const uint8_t *bytes, size_t len)
{
	struct wire_in in = wire_in(bytes, len);
	struct bgp_notification why;
	struct frame f;
	size_t n = strlen(g->heard);

	while (in.left > 0 && n + 1 < sizeof(g->heard)) {
		assert_int_equal(frame_decode(&f, in.at, in.left,
				     BGP_MESSAGE_MAX, &why),
		    1);
		wire_get_sub(&in, f.len);
		if (f.type == BGP_ROUTE_REFRESH) {
			wire_get_u16(&f.body);
			g->heard[n++] = wire_get_u8(&f.body) == 1 ? 'B' : 'E';
		} else {
			g->heard[n++] = " OUNKR"[f.type];
		}
		g->heard[n] = '\0';
	}
}

/* What comes until nothing does; '.' is the end of the connection. */
static void
expect(struct ground *g, const char *expected)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	static uint8_t bytes[65536];
	ssize_t n = 1;

	g->heard[0] = '\0';
	fake_turn(g->base);
	while (n > 0 && poll(&p, 1, PATIENCE_MS) == 1) {
		n = recv(g->fd, bytes, sizeof(bytes), 0);
		assert_int_not_equal(n, -1);
		if (n == 0)
			strlcat(g->heard, ".", sizeof(g->heard));
		note_heard(g, bytes, (size_t)n);
		fake_turn(g->base);
	}
	assert_string_equal(g->heard, expected);
}

static void
establish(struct ground *g)
{
	connect_to_us(g);
	expect(g, "O");
	say_open(g, 0);
	say_keepalive(g);
	expect(g, "KUU");
}

/* No hold time is no reason to keep a place without end. */
static void
test_confirmation_does_not_come(void **state)
{
	struct ground *g = *state;

	connect_to_us(g);
	expect(g, "O");
	say_open(g, 0);
	expect(g, "K");
	fake_pass(g->base, LARGE_HOLD_MS - 1);
	expect(g, "");
	fake_pass(g->base, 1);
	expect(g, "N.");
}

static void
test_without_hold_time_a_session_stands(void **state)
{
	struct ground *g = *state;

	establish(g);
	fake_pass(g->base, 10 * LARGE_HOLD_MS);
	expect(g, "");
}

/* The first is answered at once, those of the next second by one. */
static void
test_refreshes_are_paced(void **state)
{
	struct ground *g = *state;

	establish(g);
	say_refresh(g, 50);
	expect(g, "BUE");
	fake_pass(g->base, PAUSE_MS - 1);
	say_refresh(g, 50);
	expect(g, "");
	fake_pass(g->base, 1);
	expect(g, "BUE");
	fake_pass(g->base, 10 * PAUSE_MS);
	expect(g, "");
	say_refresh(g, 1);
	expect(g, "BUE");
	say_refresh(g, 1);
	fake_pass(g->base, PAUSE_MS);
	expect(g, "BUE");
}

/* And what the neighbor asked for before is answered by it. */
static void
test_an_operator_s_refresh_does_not_wait(void **state)
{
	struct ground *g = *state;

	establish(g);
	for (int i = 0; i < 3; i++) {
		neighbor_refresh(g->neighbor);
		expect(g, "BUE");
	}
	say_refresh(g, 1);
	expect(g, "");
	neighbor_refresh(g->neighbor);
	expect(g, "BUE");
	fake_pass(g->base, 10 * PAUSE_MS);
	expect(g, "");
}

static void
test_a_refresh_ends_with_its_session(void **state)
{
	struct ground *g = *state;

	establish(g);
	say_refresh(g, 2);
	expect(g, "BUE");
	close(g->fd);
	fake_turn(g->base);
	establish(g);
	fake_pass(g->base, 10 * PAUSE_MS);
	expect(g, "");
	say_refresh(g, 1);
	expect(g, "BUE");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_confirmation_does_not_come,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_without_hold_time_a_session_stands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refreshes_are_paced, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    test_an_operator_s_refresh_does_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_a_refresh_ends_with_its_session, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
