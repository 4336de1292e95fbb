/*
 * A whole neighbor, with its machines, connections and ribout, against one
 * that does anything at any time.  TCP is pairs of sockets here, and the
 * clock moves only when the input says so.  All that we send must be whole
 * messages that we would take ourselves, and in the end nothing is left.
 *
 * The input is a choice of the neighbor and then orders, an octet each with
 * what it needs behind it.
 */
#include "fuzz.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "bgp.h"
#include "clock.h"
#include "config_yaml.h"
#include "log.h"
#include "neighbor_internal.h"
#include "refresh.h"

#define ENDS 4
#define VICTIMS 8
#define EVER_MS INT64_C(1000000000000)
#define TURNS 4
#define NAME "n"

/* Configurations, of one neighbor each; the first octet chooses. */
static const char *const neighbors[] = {
	"address: 192.0.2.2, remote-as: 64501",
	"address: 192.0.2.2, remote-as: 64500, next-hop: 192.0.2.66",
	"address: 192.0.2.2, remote-as: 64501, passive: yes, "
	"ttl-security: yes, hold-time: 3s",
	"address: \"2001:db8::2\", remote-as: 4200000000, "
	"families: [ipv4, ipv6], next-hop: 192.0.2.66, "
	"aggregate-next-hop: 192.0.2.66, hold-time: 0s, med: 5, prepend: 2",
	"address: 192.0.2.2, remote-as: 64501, role: customer, "
	"role-strict: yes, long-lived-graceful-restart: 1h, "
	"hold-time: 3s, send-hold-time: 4s, max-prefixes: 3",
	"address: 192.0.2.2, remote-as: 64501, graceful-restart: 0s, "
	"families: [ipv4, ipv6], next-hop-ipv6: \"100::1\", "
	"aggregate-next-hop-ipv6: \"2001:db8::1\", password: secret",
};
#define NEIGHBORS (sizeof(neighbors) / sizeof(neighbors[0]))

/* The neighbor's end of a connection. */
struct end {
	int fd; /* -1: none */
	size_t len;
	uint8_t said[2 * BGP_MESSAGE_MAX_EXTENDED]; /* by us */
};

static struct end ends[ENDS];

static struct world {
	struct event_base *base;
	const struct config *config;
	struct rib *rib;
	struct victim_set *victims;
	struct victim *victim[VICTIMS];
	struct neighbor *neighbor;
	unsigned latest; /* the end that orders are about */
	bool refuses;	 /* to be connected to */
	bool deaf;	 /* reads nothing */
	size_t unacknowledged;
	int64_t now_ms;
} w;

/* In place of base/clock.c. */
int64_t
clock_now_ms(void)
{
	return w.now_ms;
}

int64_t
clock_wall_ms(void)
{
	return w.now_ms;
}

int64_t
clock_to_wall(int64_t boot_ms)
{
	return boot_ms;
}

int64_t
clock_from_wall(int64_t wall_ms)
{
	return wall_ms;
}

/*
 * In place of the C library's: no input is run in two ways.  Libevent's timers
 * go by the clock of the input too, or a slow machine would let them end where
 * a fast one does not; libFuzzer wants to know the time of the day.
 */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id == CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, id, ts);
	ts->tv_sec = w.now_ms / 1000;
	ts->tv_nsec = w.now_ms % 1000 * 1000000;
	return 0;
}

uint32_t
arc4random_uniform(uint32_t bound)
{
	return bound / 2;
}

/* In place of speaker/tcp.c.  Gives our end of a new connection. */
static int
new_connection(void)
{
	int fds[2];

	for (unsigned i = 0; i < ENDS; i++) {
		if (ends[i].fd != -1)
			continue;
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) ==
		    0);
		ends[i].fd = fds[1];
		ends[i].len = 0;
		w.latest = i;
		return fds[0];
	}
	errno = EMFILE;
	return -1;
}

int
tcp_connect(const struct tcp_end *to, const struct prefix *local,
    const struct tcp_options *options)
{
	(void)to;
	(void)local;
	(void)options;
	if (!w.refuses)
		return new_connection();
	errno = ECONNREFUSED;
	return -1;
}

int
tcp_connect_result(int fd)
{
	(void)fd;
	errno = ECONNREFUSED;
	return w.refuses ? -1 : 0;
}

int
tcp_syn_ttl(int fd, uint8_t *ttl)
{
	(void)fd;
	*ttl = w.refuses ? 1 : 255;
	return 0;
}

int
tcp_min_ttl(int fd, uint8_t *min_ttl)
{
	(void)fd;
	*min_ttl = 0;
	return 0;
}

int
tcp_set_accepted(int fd, const struct tcp_options *options)
{
	(void)fd;
	(void)options;
	return 0;
}

int
tcp_local_address(int fd, struct prefix *address)
{
	const char *own = w.config->neighbors[0].address.family == FAMILY_IPV6
	    ? "2001:db8::1"
	    : "192.0.2.1";

	(void)fd;
	return prefix_parse(address, own) == PREFIX_OK ? 0 : -1;
}

int
tcp_unacknowledged(int fd, size_t *octets)
{
	(void)fd;
	*octets = w.unacknowledged;
	return 0;
}

/* neighbor's */
static void
on_up(void *arg, struct neighbor *n, const struct prefix *local_address)
{
	(void)arg;
	must(n == w.neighbor && local_address->len > 0);
}

static void
on_down(void *arg, struct neighbor *n, uint32_t lost)
{
	(void)arg;
	must(n == w.neighbor && lost <= VICTIMS);
}

static void
on_slot(void *arg, struct neighbor *n, uint32_t slot)
{
	(void)arg;
	must(n == w.neighbor && slot < rib_slots(w.rib));
}

static void
on_sent(void *arg, struct neighbor *n)
{
	(void)arg;
	must(n == w.neighbor);
}

/* A message of ours, as a strict neighbor would read it. */
static void
check_said(const struct frame *f)
{
	struct bgp_notification why;
	struct bgp_refresh refresh;
	struct bgp_open open;

	if (f->type == BGP_OPEN)
		must(open_decode(&open, f->body, &why) == 0);
	else if (f->type == BGP_NOTIFICATION)
		must(notification_decode(&why, f->body) == 0);
	else if (f->type == BGP_ROUTE_REFRESH)
		must(refresh_decode(&refresh, f->body, &why) == 0);
}

static void
hear(struct end *e)
{
	struct bgp_notification why;
	struct frame f;
	size_t at = 0;
	ssize_t n;

	while (
	    (n = read(e->fd, e->said + e->len, sizeof(e->said) - e->len)) > 0) {
		e->len += (size_t)n;
		for (at = 0;; at += f.len) {
			int rc = frame_decode(&f, e->said + at, e->len - at,
			    BGP_MESSAGE_MAX_EXTENDED, &why);

			must(rc != -1);
			if (rc == 0)
				break;
			check_said(&f);
		}
		e->len -= at;
		memmove(e->said, e->said + at, e->len);
	}
}

/* Lets all happen that is due. */
static void
turn(void)
{
	for (int i = 0; i < TURNS; i++) {
		must(event_base_loop(w.base, EVLOOP_NONBLOCK) != -1);
		for (unsigned e = 0; e < ENDS && !w.deaf; e++)
			if (ends[e].fd != -1)
				hear(&ends[e]);
	}
}

static void
say(const void *bytes, size_t len)
{
	if (ends[w.latest].fd != -1)
		(void)send(ends[w.latest].fd, bytes, len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
hang_up(unsigned end)
{
	if (ends[end].fd != -1)
		close(ends[end].fd);
	ends[end].fd = -1;
}

/* Orders: each takes what it needs from the input. */
static void
say_octets(struct wire_in *in)
{
	size_t len = wire_get_u8(in);
	const uint8_t *bytes = wire_get_bytes(in, len);

	if (bytes != NULL)
		say(bytes, len);
}

static void
say_message(struct wire_in *in)
{
	uint8_t type = wire_get_u8(in);
	size_t len = wire_get_u8(in);
	const uint8_t *body = wire_get_bytes(in, len);
	struct wire_out out;
	size_t begin;

	if (body == NULL)
		return;
	wire_out_init(&out, BGP_MESSAGE_MAX);
	begin = frame_begin(&out, type);
	wire_put_bytes(&out, body, len);
	frame_end(&out, begin);
	say(out.bytes, out.len);
	wire_out_fini(&out);
}

static void
say_keepalive(struct wire_in *in)
{
	struct wire_out out;

	(void)in;
	wire_out_init(&out, BGP_MESSAGE_MAX);
	frame_keepalive(&out);
	say(out.bytes, out.len);
	wire_out_fini(&out);
}

/* An OPEN that fits, with more or fewer capabilities. */
static void
say_open(struct wire_in *in)
{
	uint8_t choice = wire_get_u8(in);
	const struct config_neighbor *n = &w.config->neighbors[0];
	struct bgp_open open = { .version = 4,
		.as = n->remote_as,
		.hold_time_s = (choice & 1) != 0 ? 90 : 3,
		.bgp_id = (choice & 2) != 0 ? 0xc0000202 : 0xc0000200,
		.caps = { .role = ROLE_NONE } };
	struct wire_out out;

	if ((choice & 4) != 0) {
		open.caps.multiprotocol = true;
		open.caps.families = n->families;
		open.caps.as4 = true;
		open.caps.as = n->remote_as;
		open.caps.ipv4_over_ipv6 = true;
		open.caps.extended_message = true;
		open.caps.role = ROLE_PROVIDER;
	}
	if ((choice & 8) != 0)
		open.caps.route_refresh = open.caps.enhanced_refresh = true;
	if ((choice & 16) != 0) {
		open.caps.graceful_restart = true;
		open.caps.gr_families = n->families;
		open.caps.gr_notification = (choice & 32) != 0;
		open.caps.llgr = (choice & 64) != 0;
	}
	wire_out_init(&out, BGP_MESSAGE_MAX);
	open_encode(&open, &out);
	say(out.bytes, out.len);
	wire_out_fini(&out);
}

/* Time passes, and one of the timers that run has come to its end. */
static void
let_pass(struct wire_in *in)
{
	struct neighbor *n = w.neighbor;
	struct event *const timers[] = { n->retry_timer, n->ack_timer,
		n->sides[0].hold_timer, n->sides[0].keepalive_timer,
		n->sides[0].send_hold_timer, n->sides[1].hold_timer,
		n->sides[1].keepalive_timer, n->sides[1].send_hold_timer };
	uint8_t which = wire_get_u8(in);
	struct event *timer =
	    timers[which % (sizeof(timers) / sizeof(timers[0]))];

	w.now_ms += wire_get_u8(in) * INT64_C(1000);
	if (event_pending(timer, EV_TIMEOUT, NULL))
		event_active(timer, EV_TIMEOUT, 0);
}

static void
connect_to_us(struct wire_in *in)
{
	int fd = new_connection();

	(void)in;
	if (fd != -1)
		neighbor_accept(w.neighbor, fd);
}

static void
choose_end(struct wire_in *in)
{
	w.latest = wire_get_u8(in) % ENDS;
}

static void
hang_up_latest(struct wire_in *in)
{
	(void)in;
	hang_up(w.latest);
}

static void
change_manners(struct wire_in *in)
{
	uint8_t choice = wire_get_u8(in);

	w.refuses = (choice & 1) != 0;
	w.deaf = (choice & 2) != 0;
	w.unacknowledged = (choice & 4) != 0 ? 1 : 0;
}

static void
stop(struct wire_in *in)
{
	uint8_t choice = wire_get_u8(in);

	neighbor_stop(w.neighbor, (enum neighbor_end)(choice % 4),
	    (choice & 4) != 0 ? "maintenance" : NULL);
}

static void
start(struct wire_in *in)
{
	(void)in;
	neighbor_start(w.neighbor);
}

static void
refresh(struct wire_in *in)
{
	if ((wire_get_u8(in) & 1) != 0)
		neighbor_refresh(w.neighbor);
	else
		neighbor_lift_limit(w.neighbor);
}

static void
begin_victim(unsigned i)
{
	struct prefix p;
	struct victim *v;
	struct claim *c;
	char text[PREFIX_STRLEN];

	snprintf(text, sizeof(text),
	    (i & 1) != 0 ? "2001:db8:100::%u" : "203.0.113.%u", i);
	must(prefix_parse(&p, text) == PREFIX_OK);
	v = victim_new(&p);
	c = claim_new(w.victims, "owner", "", i < 6 ? NULL : "another");
	must(v != NULL && c != NULL);
	must(rib_reserve(w.rib, 1) == 0);
	must(ribout_reserve(neighbor_ribout(w.neighbor)) == 0);
	victim_set_insert(w.victims, v);
	victim_add_claim(w.victims, v, c);
	v->slot = rib_add(w.rib, &p, v);
	w.victim[i] = v;
}

static void
end_victim(unsigned i)
{
	struct victim *v = w.victim[i];

	rib_end(w.rib, v->slot);
	ribout_touch(neighbor_ribout(w.neighbor), v->slot);
	rib_collect(w.rib, v->slot);
	victim_set_remove(w.victims, v);
	victim_free(w.victims, v);
	w.victim[i] = NULL;
}

static void
change_victim(struct wire_in *in)
{
	unsigned i = wire_get_u8(in) % VICTIMS;

	if (w.victim[i] != NULL) {
		end_victim(i);
	} else {
		begin_victim(i);
		ribout_touch(neighbor_ribout(w.neighbor), w.victim[i]->slot);
	}
	neighbor_kick(w.neighbor);
}

static void
follow_orders(struct wire_in in)
{
	static void (*const orders[])(struct wire_in *) = { say_octets,
		say_message, say_keepalive, say_open, let_pass, connect_to_us,
		choose_end, hang_up_latest, change_manners, stop, start,
		refresh, change_victim };
	uint8_t order;

	while (in.left > 0) {
		order = wire_get_u8(&in);
		orders[order % (sizeof(orders) / sizeof(orders[0]))](&in);
		turn();
	}
}

static const struct config *
config_of(unsigned choice)
{
	static struct config *kept[NEIGHBORS];
	struct config_errors errors = { 0 };
	char text[1024];
	int len;

	if (kept[choice] != NULL)
		return kept[choice];
	len = snprintf(text, sizeof(text),
	    "local-as: 64500\nrouter-id: 192.0.2.1\n"
	    "aggregates: [203.0.113.0/24, \"2001:db8:100::/48\"]\n"
	    "listen: [192.0.2.1]\n"
	    "neighbors: [{name: " NAME ", %s}]\n",
	    neighbors[choice]);
	kept[choice] = config_yaml_parse(text, (size_t)len, "f", true, &errors);
	config_errors_print(&errors, "f", stderr);
	must(kept[choice] != NULL);
	config_errors_fini(&errors);
	return kept[choice];
}

static void
set_up(uint8_t choice)
{
	struct neighbor_parts parts = { .on_up = on_up,
		.on_down = on_down,
		.on_delivered = on_slot,
		.on_uncovered = on_slot,
		.on_sent = on_sent };
	const struct prefix_list *aggregates;
	struct event_base *base = w.base;

	if (base == NULL)
		base = event_base_new();
	w = (struct world){ .base = base,
		.config = config_of(choice % NEIGHBORS),
		.rib = rib_new(),
		.victims = victim_set_new(),
		.now_ms = EVER_MS };
	for (unsigned i = 0; i < ENDS; i++)
		ends[i].fd = -1;
	must(w.base != NULL && w.rib != NULL && w.victims != NULL);
	aggregates = &w.config->aggregates;
	must(rib_reserve(w.rib, aggregates->count) == 0);
	for (size_t i = 0; i < aggregates->count; i++)
		rib_add(w.rib, &aggregates->items[i], NULL);
	parts.base = w.base;
	parts.config = w.config;
	parts.rib = w.rib;
	w.neighbor = neighbor_new(&parts, &w.config->neighbors[0]);
	must(w.neighbor != NULL);
	must(ribout_reserve(neighbor_ribout(w.neighbor)) == 0);
	neighbor_start(w.neighbor);
	neighbor_loaded(w.neighbor);
	turn();
}

static void
tear_down(void)
{
	struct neighbor_info info;

	neighbor_get_info(w.neighbor, &info);
	neighbor_stop(w.neighbor, NEIGHBOR_REMOVED, NULL);
	w.deaf = false;
	turn();
	neighbor_free(w.neighbor);
	for (unsigned i = 0; i < ENDS; i++)
		hang_up(i);
	w.now_ms += CONN_LINGER_MS;
	turn();
	must(event_base_get_num_events(w.base, EVENT_BASE_COUNT_ADDED) == 0);
	victim_set_free(w.victims);
	rib_free(w.rib);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	log_set_level(LOG_LEVEL_ERROR);
	set_up(data[0]);
	follow_orders(wire_in(data + 1, size - 1));
	tear_down();
	return 0;
}
