/*
 * The sandbox from inside: a process that confines itself, and then tries
 * what it must not, and what it must still be able to do.
 */
#include "sandbox_tries.h"

#include <sys/prctl.h>

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>

#include "sandbox.h"

#define NOBODY 65534
#define LOW_PORT 179

/* How a try ends: it works, it fails so, or it is the process that ends. */
enum end {
	WORKS,
	REFUSED,
	KILLED,
	FORBIDDEN,
	OTHERWISE
};

/* The last thing that the process does. */
static int
exit_code(int rc)
{
	if (rc != -1)
		return WORKS;
	if (errno == EACCES)
		return REFUSED;
	return errno == EPERM ? FORBIDDEN : OTHERWISE;
}

/* What has become of a try in a process that was prepared. */
static enum end
end_of(int (*prepare)(void), int (*try)(void))
{
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(prepare() == 0 ? exit_code(try()) : OTHERWISE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	return WIFEXITED(status) ? (enum end)WEXITSTATUS(status) : OTHERWISE;
}

static int
become_keeper(void)
{
	const struct sandbox_path paths[] = {
		{ places.state, SANDBOX_WORK },
		{ places.config, SANDBOX_READ },
		{ "/no/such/directory", SANDBOX_READ },
	};

	if (sandbox_drop(geteuid(), getegid()) == -1)
		return -1;
	if (sandbox_confine_keeper_files(places.exe_fd, paths,
		HEX_COUNT(paths)) == -1)
		return -1;
	return sandbox_confine_keeper_calls();
}

static int
become_speaker(void)
{
	if (sandbox_drop(geteuid(), getegid()) == -1)
		return -1;
	return sandbox_confine_speaker();
}

/* As it is in truth: within what the keeper is confined to. */
static int
become_speaker_of_keeper(void)
{
	return become_keeper() == 0 ? sandbox_confine_speaker() : -1;
}

static int
try_seccomp(void)
{
	return sandbox_in_force()->seccomp ? 0 : -1;
}

static int
try_landlock(void)
{
	return sandbox_in_force()->landlock_abi > 0 ? 0 : -1;
}

static const struct {
	const char *name;
	int (*try)(void);
	enum end end;
} of_speaker[] = {
	{ "a file that all may read", try_to_read_users, REFUSED },
	{ "a new file", try_to_make_file, REFUSED },
	{ "whether there is a file", try_to_stat, REFUSED },
	{ "a program by its name", try_to_exec_by_name, KILLED },
	{ "a program by its descriptor", try_to_exec_kept, KILLED },
	{ "a new process", try_to_fork, KILLED },
	{ "to trace the parent", try_to_trace, KILLED },
	{ "the parent's memory", try_to_read_memory, KILLED },
	{ "a signal to the parent", try_to_signal, KILLED },
	{ "to be root", try_to_become_root, KILLED },
	{ "a namespace", try_to_leave_namespace, KILLED },
	{ "a mount", try_to_mount, KILLED },
	{ "io_uring", try_to_go_round, KILLED },
	{ "memory to execute", try_to_execute_memory, KILLED },
	{ "memory made executable", try_to_make_executable, KILLED },
	{ "another limit", try_to_lift_limit, KILLED },
	{ "a raw socket", try_raw_socket, KILLED },
	{ "a UDP socket", try_udp_socket, KILLED },
	{ "a packet socket", try_packet_socket, KILLED },
	{ "a netlink socket", try_netlink_socket, KILLED },
	{ "a Unix stream socket", try_unix_stream_socket, KILLED },
	{ "an MPTCP socket", try_mptcp_socket, KILLED },
	{ "an SCTP socket", try_sctp_socket, KILLED },
	{ "an SMC socket", try_smc_socket, KILLED },
	{ "signals for the parent", try_to_own_for_parent, KILLED },
	{ "a signal to be sent", try_to_choose_signal, KILLED },
	{ "signals for input", try_to_be_signalled, KILLED },
	{ "signals by ioctl", try_to_send_signals_from_ioctl, KILLED },
	{ "to type into the terminal", try_to_type, KILLED },
	{ "flags of a descriptor", try_to_set_flags, WORKS },
	{ "a Unix datagram socket", try_unix_datagram_socket, WORKS },
	{ "to listen", try_to_listen, WORKS },
	{ "a TCP socket for IPv6", try_tcp6_socket, WORKS },
	{ "an interface's number", try_to_name_interface, WORKS },
	{ "a timer", try_timer, WORKS },
	{ "memory", try_memory, WORKS },
};

static void
test_speaker(void **state)
{
	(void)state;
	if (end_of(become_speaker, try_seccomp) != WORKS)
		skip();
	for (size_t i = 0; i < HEX_COUNT(of_speaker); i++) {
		hex_case(of_speaker[i].name);
		assert_int_equal(end_of(become_speaker, of_speaker[i].try),
		    of_speaker[i].end);
		assert_int_equal(end_of(become_speaker_of_keeper,
				     of_speaker[i].try),
		    of_speaker[i].end);
	}
}

/* Where seccomp is to say no, the kernel says EPERM or ends the process. */
static const struct {
	const char *name;
	int (*try)(void);
	enum end end;
} of_keeper[] = {
	{ "a program by its name", try_to_exec_by_name, FORBIDDEN },
	{ "to trace the parent", try_to_trace, FORBIDDEN },
	{ "the parent's memory", try_to_read_memory, FORBIDDEN },
	{ "to be root", try_to_become_root, FORBIDDEN },
	{ "a namespace", try_to_leave_namespace, FORBIDDEN },
	{ "a mount", try_to_mount, FORBIDDEN },
	{ "io_uring", try_to_go_round, FORBIDDEN },
	{ "a UDP socket", try_udp_socket, FORBIDDEN },
	{ "a packet socket", try_packet_socket, FORBIDDEN },
	{ "an MPTCP socket", try_mptcp_socket, FORBIDDEN },
	{ "signals for the parent", try_to_own_for_parent, FORBIDDEN },
	{ "signals for input", try_to_be_signalled, FORBIDDEN },
	{ "signals by ioctl", try_to_send_signals_from_ioctl, FORBIDDEN },
	{ "to type into the terminal", try_to_type, FORBIDDEN },
	{ "a lock", try_to_lock, WORKS },
	{ "flags of a descriptor", try_to_set_flags, WORKS },
	{ "the program it was given", try_to_exec_kept, WORKS },
	{ "a new process", try_to_fork, WORKS },
	{ "a Unix stream socket", try_unix_stream_socket, WORKS },
	{ "users' names", try_to_read_users, WORKS },
};

static void
test_keeper_calls(void **state)
{
	enum end end;

	(void)state;
	if (end_of(become_keeper, try_seccomp) != WORKS)
		skip();
	for (size_t i = 0; i < HEX_COUNT(of_keeper); i++) {
		hex_case(of_keeper[i].name);
		end = end_of(become_keeper, of_keeper[i].try);
		if (end == KILLED)
			end = FORBIDDEN;
		assert_int_equal(end, of_keeper[i].end);
	}
}

static const struct {
	const char *name;
	int (*try)(void);
	enum end end;
} files_of_keeper[] = {
	{ "a file in the state directory", try_to_make_file, WORKS },
	{ "a file put in another's place", try_to_replace_state, WORKS },
	{ "the configuration", try_to_read_config, WORKS },
	{ "to write the configuration", try_to_write_config, REFUSED },
	{ "to remove the configuration", try_to_remove_config, REFUSED },
	{ "to read elsewhere", try_to_read_elsewhere, REFUSED },
	{ "to write elsewhere", try_to_make_file_elsewhere, REFUSED },
};

static void
test_keeper_files(void **state)
{
	(void)state;
	if (end_of(become_keeper, try_landlock) != WORKS)
		skip();
	for (size_t i = 0; i < HEX_COUNT(files_of_keeper); i++) {
		hex_case(files_of_keeper[i].name);
		assert_int_equal(end_of(become_keeper, files_of_keeper[i].try),
		    files_of_keeper[i].end);
	}
}

/* A kernel, or a container, that has no Landlock. */
static int
hide_landlock(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -1;

	if (ctx != NULL &&
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		SCMP_SYS(landlock_create_ruleset), 0) == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0 ? 0 : -1;
}

static int
become_keeper_without_landlock(void)
{
	return hide_landlock() == 0 ? become_keeper() : -1;
}

static int
become_speaker_without_landlock(void)
{
	return hide_landlock() == 0 ? become_speaker_of_keeper() : -1;
}

static int
try_only_seccomp(void)
{
	const struct sandbox_in_force *now = sandbox_in_force();

	return now->landlock_abi == 0 && now->seccomp ? 0 : -1;
}

static void
test_without_landlock(void **state)
{
	(void)state;
	if (end_of(become_keeper, try_seccomp) != WORKS)
		skip();
	assert_int_equal(end_of(become_keeper_without_landlock,
			     try_only_seccomp),
	    WORKS);
	assert_int_equal(end_of(become_keeper_without_landlock,
			     try_to_read_elsewhere),
	    WORKS);
	assert_int_equal(end_of(become_speaker_without_landlock,
			     try_only_seccomp),
	    WORKS);
	assert_int_equal(end_of(become_speaker_without_landlock,
			     try_to_read_users),
	    REFUSED);
}

static int
become_nobody(void)
{
	return sandbox_drop(NOBODY, NOBODY);
}

/* All that is left of root: a port below 1024. */
static int
try_what_root_may(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(LOW_PORT),
		.sin_addr = { htonl(INADDR_LOOPBACK + 1) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (geteuid() != NOBODY || getgroups(0, NULL) != 0 ||
	    chown("/etc/passwd", NOBODY, NOBODY) != -1 ||
	    open("/etc/shadow", O_RDONLY | O_CLOEXEC) != -1 ||
	    !sandbox_in_force()->bind_low_ports)
		return -1;
	return bind(fd, (struct sockaddr *)&at, sizeof(at));
}

static void
test_root_is_given_up(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(end_of(become_nobody, try_what_root_may), WORKS);
}

static int
try_to_be_seen(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_max != 0 ||
	    prctl(PR_GET_DUMPABLE) != 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return -1;
	return 0;
}

static int
drop_only(void)
{
	return sandbox_drop(geteuid(), getegid());
}

/* Who is not root cannot become somebody else, and is told. */
static int
become_two(void)
{
	if (geteuid() == 0 && become_nobody() == -1)
		return -1;
	return sandbox_drop(geteuid() - 1, getegid()) == -1 ? 0 : -1;
}

static int
do_nothing(void)
{
	return 0;
}

static void
test_memory_is_hidden(void **state)
{
	(void)state;
	assert_int_equal(end_of(drop_only, try_to_be_seen), WORKS);
}

static void
test_only_root_becomes_another(void **state)
{
	(void)state;
	assert_int_equal(end_of(become_two, do_nothing), WORKS);
}

static int
setup(void **state)
{
	if (tmpdir_setup(state) == -1)
		return -1;
	tmpdir_path(places.state, *state, "state");
	tmpdir_path(places.config, *state, "config");
	tmpdir_path(places.elsewhere, *state, "elsewhere");
	places.exe_fd = open("/bin/true", O_PATH | O_CLOEXEC);
	if (places.exe_fd == -1 || mkdir(places.state, 0700) == -1 ||
	    mkdir(places.config, 0700) == -1 ||
	    mkdir(places.elsewhere, 0700) == -1)
		return -1;
	tmpdir_write(file_in(places.config), "x", 1, 0);
	tmpdir_write(file_in(places.elsewhere), "x", 1, 0);
	return 0;
}

static int
teardown(void **state)
{
	close(places.exe_fd);
	return tmpdir_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speaker),
		cmocka_unit_test(test_keeper_calls),
		cmocka_unit_test(test_keeper_files),
		cmocka_unit_test(test_without_landlock),
		cmocka_unit_test(test_root_is_given_up),
		cmocka_unit_test(test_memory_is_hidden),
		cmocka_unit_test(test_only_root_becomes_another),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
