/*
 * Wiring.  The keeper sends the configuration, the users' names, the stored
 * claims, and that these were all; then everything here begins.  A store that
 * takes too long keeps no session down, only its End-of-RIB.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "config_wire.h"
#include "rib.h"

#include "clock.h"
#include "link.h"
#include "log.h"

#include "ask.h"
#include "blackhole.h"
#include "conn.h"
#include "control.h"
#include "feed.h"
#include "listener.h"
#include "metrics.h"
#include "neighbor.h"
#include "pages.h"
#include "pending.h"
#include "recent.h"
#include "reload.h"
#include "request_memory.h"
#include "speaker.h"
#include "speaker_events.h"
#include "speaker_internal.h"
#include "usernames.h"
#include "watchdog.h"

/* So long sessions wait for the store at the start. */
#define LOAD_WAIT_S 5
/* So long the end waits for the last octets and the last commit. */
#define STOP_WAIT_MS 2500
/* Without a keeper: within a second all is over. */
#define STOP_ALONE_MS 500
#define STOP_CHECK_MS 10L

/* blackhole's: room for the rib's capacity at every neighbor. */
static int
reserve_slots(void *arg)
{
	struct speaker *s = arg;
	uint32_t capacity = rib_capacity(s->rib);

	if (capacity == s->reserved)
		return 0;
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		if (ribout_reserve(neighbor_ribout(s->neighbors[i])) == -1)
			return -1;
	s->reserved = capacity;
	return 0;
}

void
speaker_on_route(void *arg, uint32_t slot)
{
	struct speaker *s = arg;

	if (!s->running)
		return; /* each neighbor gets it when it comes up */
	for (size_t i = 0; i < s->config->neighbor_count; i++) {
		ribout_touch(neighbor_ribout(s->neighbors[i]), slot);
		neighbor_kick(s->neighbors[i]);
	}
}

/* A neighbor's: a session is up, and one more address is our own. */
static void
on_up(void *arg, struct neighbor *n, const struct prefix *local_address)
{
	struct speaker *s = arg;

	if (blackhole_protect_local(s->blackhole, local_address) == -1)
		log_warnx("out of memory: a local address is not protected");
	speaker_event_neighbor_up(s, n);
}

/* A neighbor's: its session is over. */
static void
on_down(void *arg, struct neighbor *n, uint32_t lost)
{
	struct speaker *s = arg;

	waiters_look(s->waiters, n);
	speaker_event_neighbor_down(s, n, lost);
}

/* A neighbor's: it has acknowledged a route. */
static void
on_delivered(void *arg, struct neighbor *n, uint32_t slot)
{
	speaker_event_delivered(arg, n, slot);
}

/* A neighbor's: a victim has lost its place there. */
static void
on_uncovered(void *arg, struct neighbor *n, uint32_t slot)
{
	speaker_event_uncovered(arg, n, slot);
}

/* A neighbor's: something was sent, or has arrived. */
static void
on_sent(void *arg, struct neighbor *n)
{
	struct speaker *s = arg;

	waiters_look(s->waiters, n);
}

/* A listener's: a stranger gets no byte. */
static void
on_accept(void *arg, int fd, const struct tcp_end *from)
{
	struct speaker *s = arg;
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < s->config->neighbor_count; i++) {
		if (neighbor_is_from(s->neighbors[i], &from->address,
			from->scope_id)) {
			neighbor_accept(s->neighbors[i], fd);
			return;
		}
	}
	log_debug("listener: %s is no neighbor: closed",
	    prefix_print_address(&from->address, text));
	close(fd);
}

/* control's: the name of a user. */
static const char *
user_name(void *arg, uid_t uid)
{
	struct speaker *s = arg;

	return usernames_find(s->names, uid);
}

static int
add_aggregates(struct speaker *s)
{
	const struct prefix_list *aggregates = &s->config->aggregates;

	if (rib_reserve(s->rib, aggregates->count) == -1)
		return -1;
	for (size_t i = 0; i < aggregates->count; i++)
		rib_add(s->rib, &aggregates->items[i], NULL);
	return 0;
}

struct neighbor *
speaker_new_neighbor(struct speaker *s, const struct config *config,
    const struct config_neighbor *neighbor)
{
	struct neighbor_parts parts = { .base = s->base,
		.config = config,
		.rib = s->rib,
		.on_up = on_up,
		.on_down = on_down,
		.on_delivered = on_delivered,
		.on_uncovered = on_uncovered,
		.on_sent = on_sent,
		.arg = s };
	struct neighbor *n = neighbor_new(&parts, neighbor);

	if (n != NULL && ribout_reserve(neighbor_ribout(n)) == -1) {
		neighbor_free(n);
		return NULL;
	}
	return n;
}

static int
new_neighbors(struct speaker *s)
{
	size_t count = s->config->neighbor_count;

	s->neighbors = calloc(count + 1, sizeof(struct neighbor *));
	if (s->neighbors == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		s->neighbors[i] = speaker_new_neighbor(s, s->config,
		    &s->config->neighbors[i]);
		if (s->neighbors[i] == NULL)
			return -1;
	}
	return 0;
}

struct listener *
speaker_new_listener(struct speaker *s, const struct config *config,
    const struct config_listen *at)
{
	struct listener_parts parts = { .base = s->base,
		.config = config,
		.on_accept = on_accept,
		.arg = s };
	struct listener *l = listener_new(&parts, at);
	char text[PREFIX_STRLEN];

	if (l == NULL)
		log_error("cannot listen on %s port %u: %s",
		    prefix_print_address(&at->address, text), at->port,
		    strerror(errno));
	return l;
}

static int
new_listeners(struct speaker *s)
{
	size_t count = s->config->listen_count;

	s->listeners = calloc(count + 1, sizeof(struct listener *));
	if (s->listeners == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		s->listeners[i] =
		    speaker_new_listener(s, s->config, &s->config->listen[i]);
		if (s->listeners[i] == NULL)
			return -1;
	}
	return 0;
}

void
speaker_start_neighbor(struct speaker *s, struct neighbor *n)
{
	if (!settings_is_disabled(&s->settings, neighbor_config(n)->name))
		neighbor_start(n);
}

static struct blackhole *
new_blackhole(struct speaker *s)
{
	struct blackhole_parts parts = { .base = s->base,
		.config = s->config,
		.rib = s->rib,
		.pending = s->pending,
		.settings = &s->settings,
		.reserve_slots = reserve_slots,
		.on_route = speaker_on_route,
		.on_event = speaker_event_victim,
		.arg = s };

	return blackhole_new(&parts);
}

/* -1: no memory, and the settings are as before. */
static int
set_disabled(struct speaker *s, const char *name, bool disabled,
    uint64_t *commit)
{
	bool before = settings_is_disabled(&s->settings, name);

	if (settings_set_disabled(&s->settings, name, disabled) == -1)
		return -1;
	if (pending_put_settings(s->pending, &s->settings, commit) == 0)
		return 0;
	(void)settings_set_disabled(&s->settings, name, before);
	return -1;
}

/* The methods' actions. */
static int
disable_neighbor(void *arg, struct neighbor *n, const char *message,
    uint64_t *commit)
{
	struct speaker *s = arg;

	if (set_disabled(s, neighbor_config(n)->name, true, commit) == -1)
		return -1;
	neighbor_stop(n, NEIGHBOR_SHUTDOWN, message);
	return 0;
}

static int
enable_neighbor(void *arg, struct neighbor *n, uint64_t *commit)
{
	struct speaker *s = arg;

	if (set_disabled(s, neighbor_config(n)->name, false, commit) == -1)
		return -1;
	neighbor_lift_limit(n);
	neighbor_start(n);
	return 0;
}

static void
reset_neighbor(void *arg, struct neighbor *n)
{
	struct speaker *s = arg;

	neighbor_stop(n, NEIGHBOR_RESET, NULL);
	speaker_start_neighbor(s, n);
}

static void
stop_daemon(void *arg, bool withdraw, const char *message)
{
	struct speaker *s = arg;

	speaker_send(s, CHANNEL_STOP);
	speaker_stop(s, withdraw ? NEIGHBOR_SHUTDOWN : NEIGHBOR_STOP, message);
}

/* reload's: the question. */
static void
ask_reload(void *arg)
{
	speaker_send(arg, CHANNEL_RELOAD);
}

static void
fill_env(struct speaker *s)
{
	int64_t now_ms = clock_now_ms();

	s->env = (struct method_env){
		.actions = { .arg = s,
		    .disable = disable_neighbor,
		    .enable = enable_neighbor,
		    .reset = reset_neighbor,
		    .stop = stop_daemon },
		.reload = s->reload,
		.config = s->config,
		.version = s->start->version,
		.config_file = s->start->config_file,
		.blackhole = s->blackhole,
		.pending = s->pending,
		.waiters = s->waiters,
		.ask = s->ask,
		.feed = s->feed,
		.metrics = s->metrics,
		.recent = s->recent,
		.health_kept = &s->health_kept,
		.settings = &s->settings,
		.neighbors = s->neighbors,
		.neighbor_count = s->config->neighbor_count,
		.started_ms = now_ms,
		.config_loaded_ms = now_ms,
		.store_trouble = "the stored victims are not loaded yet",
	};
}

/* The parts that need the configuration. */
int
speaker_build(struct speaker *s)
{
	struct reload_parts reload = { .base = s->base,
		.ask = ask_reload,
		.arg = s };

	s->rib = rib_new();
	s->pending = pending_new(s->base);
	s->reload = reload_new(&reload);
	s->waiters = waiters_new(s->base, s->rib);
	s->ask = ask_new(s->base);
	s->feed = feed_new();
	s->recent = recent_new(clock_now_ms());
	if (s->rib == NULL || s->pending == NULL || s->reload == NULL ||
	    s->waiters == NULL || s->ask == NULL || s->feed == NULL ||
	    s->recent == NULL || add_aggregates(s) == -1 ||
	    new_neighbors(s) == -1)
		return -1;
	waiters_set_neighbors(s->waiters, s->neighbors,
	    s->config->neighbor_count);
	pending_set_link(s->pending, s->link);
	pending_on_trouble(s->pending, speaker_event_storage, s);
	pending_set_metrics(s->pending, s->metrics);
	ask_set_link(s->ask, s->link);
	s->blackhole = new_blackhole(s);
	if (s->blackhole == NULL || new_listeners(s) == -1)
		return -1;
	fill_env(s);
	s->pages = pages_new(&s->env);
	return s->pages != NULL ? 0 : -1;
}

/* Ends the process when it cannot do its work at all. */
void
speaker_give_up(struct speaker *s, const char *why)
{
	log_error("speaker: %s", why);
	s->code = 1;
	event_base_loopbreak(s->base);
}

/* The victims are there, or the store is too slow: begin. */
void
speaker_run(struct speaker *s)
{
	struct control_parts parts = { .base = s->base,
		.env = &s->env,
		.user_name = user_name,
		.arg = s };

	if (s->running || s->stopping)
		return;
	s->running = true;
	event_del(s->load_timer);
	s->control = control_new(&parts, s->start->control_fd);
	if (s->control == NULL) {
		speaker_give_up(s, "the control socket cannot be served");
		return;
	}
	for (size_t i = 0; i < s->config->neighbor_count; i++)
		speaker_start_neighbor(s, s->neighbors[i]);
	speaker_start_http(s);
	speaker_send(s, CHANNEL_READY);
}

static void
free_listeners(struct speaker *s)
{
	if (s->listeners == NULL)
		return;
	for (size_t i = 0; i < s->config->listen_count; i++)
		listener_free(s->listeners[i]);
	free(s->listeners);
	s->listeners = NULL;
}

/* Says goodbye to every neighbor, then waits for it to be written. */
void
speaker_stop(struct speaker *s, enum neighbor_end end, const char *message)
{
	struct timeval check = { .tv_usec = STOP_CHECK_MS * 1000 };

	if (s->stopping)
		return;
	s->stopping = true;
	s->stop_by_ms =
	    clock_now_ms() + (s->keeper_gone ? STOP_ALONE_MS : STOP_WAIT_MS);
	log_info("stopping");
	control_finish_changes(s->control);
	if (s->blackhole != NULL)
		blackhole_stopping(s->blackhole);
	if (s->feed != NULL)
		speaker_event_stopping(s, message);
	control_free(s->control);
	s->control = NULL;
	speaker_set_http(s, NULL);
	free_listeners(s);
	for (size_t i = 0;
	     s->neighbors != NULL && i < s->config->neighbor_count; i++)
		if (s->neighbors[i] != NULL)
			neighbor_stop(s->neighbors[i], end, message);
	if (event_add(s->stop_timer, &check) == -1)
		event_base_loopbreak(s->base);
}

/* libevent: are the last octets out, is the last change stored? */
static void
on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct speaker *s = arg;
	bool stored = s->keeper_gone || s->pending == NULL ||
	    pending_count(s->pending) == 0;

	(void)fd;
	(void)what;
	if ((stored && !conn_any_busy()) || clock_now_ms() >= s->stop_by_ms)
		event_base_loopbreak(s->base);
}

/* libevent: SIGTERM. */
static void
on_sigterm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	speaker_stop(arg, NEIGHBOR_STOP, NULL);
}

/* libevent: the wall clock was stepped. */
static void
on_clock_step(evutil_socket_t fd, short what, void *arg)
{
	struct speaker *s = arg;

	(void)what;
	if (clock_watch_again(fd) == -1)
		log_warn("the wall clock cannot be watched any more");
	if (s->loaded)
		blackhole_clock_stepped(s->blackhole);
}

/* libevent: the store takes too long. */
static void
on_load_timer(evutil_socket_t fd, short what, void *arg)
{
	struct speaker *s = arg;

	(void)fd;
	(void)what;
	if (s->blackhole == NULL)
		return;
	log_warnx("the stored victims are not loaded after %u s: sessions "
		  "start, End-of-RIB waits",
	    LOAD_WAIT_S);
	speaker_run(s);
}

/* link's: the keeper is gone.  The service manager starts both anew. */
static void
on_link_close(void *arg)
{
	struct speaker *s = arg;

	if (!s->stopping)
		log_error("the keeper is gone");
	s->keeper_gone = true;
	if (s->pending != NULL)
		pending_set_link(s->pending, NULL);
	if (s->ask != NULL)
		ask_set_link(s->ask, NULL);
	speaker_stop(s, NEIGHBOR_STOP, NULL);
}

/* The parts that need nothing from the keeper. */
static int
prepare(struct speaker *s)
{
	struct link_events events = { .on_message = speaker_on_message,
		.on_close = on_link_close,
		.arg = s };
	struct timeval load_wait = { .tv_sec = LOAD_WAIT_S };

	s->metrics = metrics_new();
	s->link = link_new(s->base, s->start->link_fd, &events);
	s->load_timer = evtimer_new(s->base, on_load_timer, s);
	s->stop_timer = event_new(s->base, -1, EV_PERSIST, on_stop_timer, s);
	s->clock_fd = clock_watch_open();
	s->clock_watch = event_new(s->base, s->clock_fd, EV_READ | EV_PERSIST,
	    on_clock_step, s);
	s->sigterm = evsignal_new(s->base, SIGTERM, on_sigterm, s);
	if (speaker_events_init(s) == -1 || s->metrics == NULL ||
	    s->link == NULL || s->load_timer == NULL || s->stop_timer == NULL ||
	    s->sigterm == NULL || event_add(s->load_timer, &load_wait) == -1 ||
	    event_add(s->sigterm, NULL) == -1 || s->clock_fd == -1 ||
	    s->clock_watch == NULL || event_add(s->clock_watch, NULL) == -1)
		return -1;
	s->watchdog = watchdog_new(s->base, s->start->watchdog_fd);
	return 0;
}

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

static void
fini(struct speaker *s)
{
	control_free(s->control);
	speaker_set_http(s, NULL);
	pages_free(s->pages);
	free_listeners(s);
	for (size_t i = 0;
	     s->neighbors != NULL && i < s->config->neighbor_count; i++)
		neighbor_free(s->neighbors[i]);
	free(s->neighbors);
	blackhole_free(s->blackhole);
	pending_free(s->pending);
	reload_free(s->reload);
	waiters_free(s->waiters);
	ask_free(s->ask);
	feed_free(s->feed);
	speaker_events_fini(s);
	recent_free(s->recent);
	metrics_free(s->metrics);
	settings_fini(&s->settings);
	rib_free(s->rib);
	usernames_free(s->names);
	watchdog_free(s->watchdog);
	link_free(s->link);
	free_event(s->load_timer);
	free_event(s->stop_timer);
	free_event(s->sigterm);
	free_event(s->clock_watch);
	if (s->clock_fd != -1)
		close(s->clock_fd);
	config_free(s->config);
	free(s->store_trouble);
	if (s->base != NULL)
		event_base_free(s->base);
}

int
speaker_main(const struct speaker_start *start)
{
	struct speaker s = { .start = start,
		.clock_fd = -1,
		.settings = { .partial = true } };

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	request_memory_use();
	s.base = event_base_new();
	if (s.base == NULL || prepare(&s) == -1) {
		log_error("speaker: cannot start: out of memory");
		s.code = 1;
	} else if (event_base_dispatch(s.base) == -1) {
		log_error("speaker: its event loop failed");
		s.code = 1;
	}
	fini(&s);
	return s.code;
}
