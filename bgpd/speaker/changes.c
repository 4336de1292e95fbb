/*
 * A wait goes through two stages: the commit, which pending.c gives up after
 * two seconds, and then the neighbors.  The request's own time limit runs from
 * when it was read and ends either.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "rib.h"

#include "blackhole.h"
#include "method.h"
#include "metrics.h"
#include "pending.h"
#include "request_memory.h"
#include "victim_json.h"

#include "changes.h"

struct change_told {
	json_t *response;
	enum waiters_for wait_for;
	bool deferred; /* refused unless it is stored */
	const char *method;
	bool has_victim; /* of prefix: as it is when the answer is given */
	struct prefix prefix;
	struct prefix *prefixes; /* of its routes, if it is deferred; or NULL */
	size_t first_route, route_count; /* in the changes' routes */
};

static void
stop_waiting(struct changes *c)
{
	pending_cancel(c->storage);
	c->storage = NULL;
	waiters_cancel(c->delivery);
	c->delivery = NULL;
	if (c->timer != NULL)
		event_free(c->timer);
	c->timer = NULL;
}

static void
forget(struct changes *c)
{
	for (size_t i = 0; i < c->count; i++) {
		json_decref(c->told[i].response);
		free(c->told[i].prefixes);
	}
	request_memory_put(c->told);
	free(c->routes);
	c->told = NULL;
	c->routes = NULL;
	c->count = c->next = c->route_count = c->route_max = 0;
}

void
changes_fini(struct changes *c)
{
	stop_waiting(c);
	forget(c);
}

static int
make_room_for_routes(struct changes *c, size_t count)
{
	size_t max = c->route_max;
	struct route_ref *routes;

	while (max < count)
		max = max == 0 ? count : max * 2;
	if (max == c->route_max)
		return 0;
	routes = reallocarray(c->routes, max, sizeof(*routes));
	if (routes == NULL)
		return -1;
	c->routes = routes;
	c->route_max = max;
	return 0;
}

/* Takes call's routes, or frees those that nobody waits for. */
static int
add_routes(struct changes *c, struct method_call *call)
{
	size_t count = c->route_count + call->route_count;

	if (call->wait_for != WAIT_STORED && call->route_count > 0) {
		if (make_room_for_routes(c, count) == -1)
			return -1;
		memcpy(c->routes + c->route_count, call->routes,
		    call->route_count * sizeof(*call->routes));
		c->route_count = count;
	}
	free(call->routes);
	call->routes = NULL;
	return 0;
}

/* Room for one more; the array doubles. */
static int
make_room(struct changes *c)
{
	size_t size = c->count * sizeof(*c->told);
	struct change_told *told;

	if (c->count & (c->count - 1))
		return 0;
	told = request_memory_get(size == 0 ? sizeof(*told) : size * 2);
	if (told == NULL)
		return -1;
	if (size > 0)
		memcpy(told, c->told, size);
	request_memory_put(c->told);
	c->told = told;
	return 0;
}

int
changes_add(struct changes *c, json_t *response, struct method_call *call)
{
	int64_t until_ms = call->now_ms + call->wait_ms;

	if (make_room(c) == -1 || add_routes(c, call) == -1)
		return -1;
	c->told[c->count++] = (struct change_told){
		.response = json_incref(response),
		.wait_for = call->wait_for,
		.deferred = call->deferred,
		.method = call->method != NULL ? call->method->name : NULL,
		.has_victim = call->one_victim,
		.prefix = call->prefix,
		.prefixes = call->prefixes,
		.first_route = c->route_count - call->route_count,
		.route_count = call->route_count,
	};
	call->prefixes = NULL;
	c->deferred |= call->deferred;
	if (call->commit > c->commit)
		c->commit = call->commit;
	if (until_ms > c->until_ms)
		c->until_ms = until_ms;
	if (call->wait_for > c->wait_for)
		c->wait_for = call->wait_for;
	return 0;
}

/* What was waited for came, or the time is over. */
static const char *
waited(const struct changes *c, const struct change_told *t)
{
	if (t->wait_for == WAIT_STORED)
		return c->stored ? "stored" : "timeout";
	if (!c->reached)
		return "timeout";
	return t->wait_for == WAIT_SENT ? "sent" : "delivered";
}

/* As it is now; null: it has ended. */
static json_t *
victim_now(const struct changes *c, const struct prefix *prefix)
{
	const struct victim *v =
	    victim_find(blackhole_victims(c->env->blackhole), prefix);

	return v == NULL ? json_null() : victim_json(c->env, v, clock_now_ms());
}

static int
refuse_not_stored(json_t *response)
{
	struct rpc_error e = { .code = 0 };
	struct refusal why;

	refusal_set(&why, REASON_STORAGE,
	    "not stored, and so not carried out: the disk fails or hangs");
	rpc_error_refuse(&e, &why);
	return rpc_response_fail(response, &e, json_object());
}

/* How a request that was deferred has ended is known only now. */
static void
count_deferred(const struct changes *c, const struct change_told *t)
{
	const struct rpc_error not_stored = { .code = RPC_REFUSED,
		.reason = REASON_STORAGE };

	metrics_count_request(c->env->metrics, t->method,
	    c->stored ? NULL : &not_stored);
}

static int
tell_one(const struct changes *c, const struct change_told *t)
{
	json_t *result = json_object_get(t->response, "result");

	if (t->deferred)
		count_deferred(c, t);
	if (t->deferred && !c->stored)
		return refuse_not_stored(t->response);
	if (ctl_change_set(result, c->stored, waited(c, t)) == -1)
		return -1;
	if (!t->has_victim)
		return 0;
	return json_object_set_new(result, "victim", victim_now(c, &t->prefix));
}

int
changes_tell(struct changes *c)
{
	if (c->next == c->count) {
		forget(c);
		return 0;
	}
	return tell_one(c, &c->told[c->next++]) == -1 ? -1 : 1;
}

static void
end(struct changes *c)
{
	stop_waiting(c);
	c->ended = true;
	c->on_end(c->arg);
}

/* waiters.c: all routes are where they should be. */
static void
on_reached(void *arg)
{
	struct changes *c = arg;

	c->delivery = NULL;
	c->reached = true;
	end(c);
}

/*
 * What was deferred has its route only now.  -1: there is none, since the
 * rules have changed, so that the neighbors never have it.
 */
static int
find_routes(struct changes *c, const struct change_told *t)
{
	const struct victim *v;

	for (size_t i = 0; t->prefixes != NULL && i < t->route_count; i++) {
		struct route_ref *route = &c->routes[t->first_route + i];

		if (route->slot != RIB_NO_SLOT)
			continue;
		v = victim_find(blackhole_victims(c->env->blackhole),
		    &t->prefixes[i]);
		if (v == NULL)
			return -1;
		*route = blackhole_route(c->env->blackhole, v);
	}
	return 0;
}

static int
find_all_routes(struct changes *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (find_routes(c, &c->told[i]) == -1)
			return -1;
	return 0;
}

/* Whether the neighbors are waited for now.  Without memory they are not. */
static bool
wait_for_neighbors(struct changes *c)
{
	if (c->wait_for == WAIT_STORED || (c->deferred && !c->stored) ||
	    find_all_routes(c) == -1)
		return false;
	c->reached = c->route_count == 0;
	if (c->reached || clock_now_ms() >= c->until_ms)
		return false;
	c->delivery = waiters_wait(c->env->waiters, c->wait_for, c->routes,
	    c->route_count, on_reached, c);
	return c->delivery != NULL;
}

/* pending.c: the commit is on disk, or has failed, or took too long. */
static void
on_stored(void *arg, bool stored)
{
	struct changes *c = arg;

	c->storage = NULL;
	c->stored = stored;
	if (!wait_for_neighbors(c))
		end(c);
}

/*
 * libevent: the time of all requests is over.  Whether what was deferred will
 * be carried out is only known when pending.c tells.
 */
static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct changes *c = arg;

	(void)fd;
	(void)what;
	if (!c->deferred || c->storage == NULL)
		end(c);
}

/* pending.c keeps the time for storage unless the requests are in haste. */
static int
start_timer(struct changes *c, struct event_base *base)
{
	int64_t ms = c->until_ms - clock_now_ms();
	struct timeval tv;

	if (c->wait_for == WAIT_STORED && ms >= PENDING_WAIT_MS)
		return 0;
	if (ms < 0)
		ms = 0;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	c->timer = evtimer_new(base, on_timeout, c);
	if (c->timer == NULL)
		return -1;
	return evtimer_add(c->timer, &tv);
}

int
changes_wait(struct changes *c, struct event_base *base,
    const struct method_env *env)
{
	c->env = env;
	if (c->count == 0 || c->ended)
		return 0;
	if (c->commit == 0) {
		c->stored = true;
		if (!wait_for_neighbors(c))
			return 0;
	} else {
		c->storage =
		    pending_wait(env->pending, c->commit, on_stored, c);
		if (c->storage == NULL)
			return -1;
	}
	return start_timer(c, base) == -1 ? -1 : 1;
}

bool
changes_waits(const struct changes *c)
{
	return c->storage != NULL || c->delivery != NULL;
}

void
changes_give_up(struct changes *c)
{
	stop_waiting(c);
}
