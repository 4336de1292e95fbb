/*
 * Options, and which of the two processes this is.  The keeper is what an
 * operator starts; it starts the speaker as "-S", with descriptors in their
 * places (keeper/child.h).
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "config.h"
#include "config_print.h"
#include "config_yaml.h"
#include "keeper.h"
#include "sandbox.h"
#include "speaker.h"

#define EXIT_USAGE 2
#define MMAP_THRESHOLD (128 * 1024)

struct options {
	struct keeper_options keeper;
	bool check;
	bool version;
	bool speaker;
};

static int
print_usage(void)
{
	fputs("usage: rtbh-bgpd [-nvV] [-f FILE]\n", stderr);
	return -1;
}

/* -1: wrong usage, told. */
static int
parse_options(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){
		.keeper.config_file = SYSCONFDIR "/rtbh/bgpd.yaml",
	};
	opterr = 0;
	while ((c = getopt(argc, argv, "f:nvVS")) != -1) {
		switch (c) {
		case 'f':
			o->keeper.config_file = optarg;
			break;
		case 'n':
			o->check = true;
			break;
		case 'v':
			o->keeper.verbose = true;
			break;
		case 'V':
			o->version = true;
			break;
		case 'S':
			o->speaker = true;
			break;
		default:
			return print_usage();
		}
	}
	return optind == argc ? 0 : print_usage();
}

/* -n: prints the configuration as it was understood, or what is wrong. */
static int
check_config(const char *path)
{
	struct config_errors errors = { 0 };
	struct config *config = config_yaml_load(path, &errors);
	int code = 1;

	config_errors_print(&errors, path, stderr);
	if (config != NULL && config_print(config, stdout) == 0)
		code = 0;
	else if (config != NULL)
		perror("rtbh-bgpd: standard output");
	config_free(config);
	config_errors_fini(&errors);
	return code;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int
run_speaker(const char *config_file)
{
	struct speaker_start start = {
		.link_fd = CHILD_LINK_FD,
		.control_fd = CHILD_CONTROL_FD,
		.watchdog_fd = -1,
		.config_file = config_file,
		.version = RTBH_VERSION,
	};

	if (!is_socket(CHILD_LINK_FD) || !is_socket(CHILD_CONTROL_FD)) {
		fputs("rtbh-bgpd: -S is for rtbh-bgpd itself, to start its "
		      "second process\n",
		    stderr);
		return EXIT_USAGE;
	}
	/* close_range(2) is not everywhere; this does without */
	closefrom(CHILD_WATCHDOG_FD + 1);
	if (is_socket(CHILD_WATCHDOG_FD))
		start.watchdog_fd = CHILD_WATCHDOG_FD;
	/* what top(1) shows; ps(1) shows the name that it was executed by */
	pthread_setname_np(pthread_self(), "rtbh-speaker");
	return speaker_main(&start);
}

/*
 * Whoever started us may have closed the standard descriptors; what we open
 * must not get their numbers.
 */
static int
open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/*
 * A limit on files' size is a full disk to us, and no reason to die.  None is
 * blocked, whatever whoever started us had blocked.
 */
static void
expect_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int
main(int argc, char **argv)
{
	struct options o;

	/* whichever process this is, it may read keys: not one before that */
	if (sandbox_hide_memory() == -1) {
		perror("rtbh-bgpd: its memory cannot be hidden");
		return 1;
	}
	if (parse_options(&o, argc, argv) == -1)
		return EXIT_USAGE;
	if (o.version)
		return puts("rtbh-bgpd " RTBH_VERSION) < 0 ? 1 : 0;
	if (open_standard() == -1) {
		perror("rtbh-bgpd: /dev/null");
		return 1;
	}
	expect_signals();
	/* large blocks go back to the system as soon as they are freed */
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	if (o.speaker)
		return run_speaker(o.keeper.config_file);
	if (o.check)
		return check_config(o.keeper.config_file);
	return keeper_main(&o.keeper);
}
