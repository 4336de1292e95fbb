/*
 * Counting.  Each call costs some additions: it stands in the way of requests
 * and of UPDATEs.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc.h"

#include "clock.h"

#include "metrics_internal.h"

const uint32_t metrics_bounds_ms[METRICS_BOUNDS] = { 1, 2, 5, 10, 25, 50, 100,
	250, 500, 1000, 2500, 5000, 10000, 60000 };

struct metrics *
metrics_new(void)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->started_ms = clock_now_ms();
	m->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	m->fds = opendir("/proc/self/fd");
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	if (m->statm_fd != -1)
		close(m->statm_fd);
	if (m->fds != NULL)
		closedir(m->fds);
	free(m->added.words);
	free(m);
}

static int
outcome_of(const struct rpc_error *error)
{
	if (error == NULL)
		return OUTCOME_OK;
	switch (error->code) {
	case RPC_REFUSED:
		return (int)error->reason;
	case RPC_METHOD_NOT_FOUND:
		return OUTCOME_UNKNOWN_METHOD;
	case RPC_INVALID_PARAMS:
		return OUTCOME_INVALID_PARAMS;
	case RPC_INTERNAL_ERROR:
		return OUTCOME_INTERNAL_ERROR;
	default:
		return OUTCOME_INVALID_REQUEST;
	}
}

const char *
outcome_name(int outcome)
{
	static const char *const names[] = {
		[OUTCOME_OK] = "ok",
		[OUTCOME_INVALID_REQUEST] = "invalid-request",
		[OUTCOME_UNKNOWN_METHOD] = "unknown-method",
		[OUTCOME_INVALID_PARAMS] = "invalid-params",
		[OUTCOME_INTERNAL_ERROR] = "internal-error",
	};

	return names[outcome] != NULL ? names[outcome]
				      : reason_name((enum reason)outcome);
}

void
metrics_count_request(struct metrics *m, const char *method,
    const struct rpc_error *error)
{
	const char *name = method != NULL ? method : "unknown";

	if (m == NULL)
		return;
	for (size_t i = 0; i < METRICS_METHODS_MAX; i++) {
		if (m->methods[i].name == NULL)
			m->methods[i].name = name;
		if (m->methods[i].name != name)
			continue;
		m->methods[i].counts[outcome_of(error)]++;
		return;
	}
}

static void
observe(struct histogram *h, int64_t ms)
{
	size_t i = 0;

	if (ms < 0)
		ms = 0;
	h->count++;
	h->sum_ms += (uint64_t)ms;
	while (i < METRICS_BOUNDS && ms > metrics_bounds_ms[i])
		i++;
	if (i < METRICS_BOUNDS)
		h->counts[i]++;
}

void
metrics_observe_commit(struct metrics *m, int64_t ms)
{
	if (m != NULL)
		observe(&m->commits, ms);
}

void
metrics_victim_added(struct metrics *m, uint32_t slot, uint32_t capacity)
{
	if (m == NULL)
		return;
	if (capacity > m->capacity) {
		if (slot_set_resize(&m->added, m->capacity, capacity) == -1)
			return;
		m->capacity = capacity;
	}
	slot_set_put(&m->added, slot);
}

bool
metrics_is_measured(const struct metrics *m, uint32_t slot)
{
	return m != NULL && slot < m->capacity && slot_set_has(&m->added, slot);
}

void
metrics_victim_covered(struct metrics *m, uint32_t slot, int64_t ms)
{
	if (!metrics_is_measured(m, slot))
		return;
	slot_set_drop(&m->added, slot);
	observe(&m->deliveries, ms);
}

void
metrics_count_reload(struct metrics *m, bool success)
{
	if (m != NULL)
		m->reload_failed = !success;
}
