/*
 * The standard process_* metrics.  The sandbox opens no file, so those of /proc
 * were opened before it.
 */
#include <sys/resource.h>

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

#include "metrics_internal.h"

/* /proc/self/statm: pages of the address space, and those in memory. */
static void
print_memory(const struct metrics *m, struct evbuffer *out)
{
	unsigned long pages, resident;
	double page_size = (double)sysconf(_SC_PAGESIZE);
	char text[128] = "", *rest;

	if (m->statm_fd == -1 ||
	    pread(m->statm_fd, text, sizeof(text) - 1, 0) <= 0)
		return;
	pages = strtoul(text, &rest, 10);
	resident = strtoul(rest, NULL, 10);
	metrics_put_gauge(out, "process_virtual_memory_bytes",
	    "Virtual memory size.", (double)pages * page_size);
	metrics_put_gauge(out, "process_resident_memory_bytes",
	    "Resident memory size.", (double)resident * page_size);
}

static void
print_descriptors(const struct metrics *m, struct evbuffer *out)
{
	const struct dirent *d;
	struct rlimit limit;
	size_t open = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metrics_put_gauge(out, "process_max_fds",
		    "The most file descriptors there may be.",
		    (double)limit.rlim_cur);
	if (m->fds == NULL)
		return;
	rewinddir(m->fds);
	while ((d = readdir(m->fds)) != NULL)
		open += d->d_name[0] != '.';
	metrics_put_gauge(out, "process_open_fds", "Open file descriptors.",
	    (double)open);
}

void
metrics_put_process(const struct metrics *m, struct evbuffer *out)
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used) == 0)
		metrics_put_counter(out, "process_cpu_seconds_total",
		    "User and system CPU time.",
		    (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
			(double)(used.ru_utime.tv_usec +
			    used.ru_stime.tv_usec) /
			    1e6);
	metrics_put_gauge(out, "process_start_time_seconds",
	    "When the process started, since 1970.",
	    (double)clock_to_wall(m->started_ms) / 1000);
	print_memory(m, out);
	print_descriptors(m, out);
}
