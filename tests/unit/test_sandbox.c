/*
 * The sandbox from inside: a process that confines itself, and then tries
 * what it must not, and what it must still be able to do.
 */
#include "tmpdir.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
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

/* The test's directory has these; the keeper is let to work in one. */
struct places {
	char state[TMPDIR_PATH_MAX], config[TMPDIR_PATH_MAX];
	char elsewhere[TMPDIR_PATH_MAX];
	int exe_fd;
};

static struct places places;

static char *
file_in(const char *directory)
{
	static char path[TMPDIR_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/file", directory);
	return path;
}

static int
make_file(const char *directory)
{
	return open(file_in(directory), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int
read_file(const char *directory)
{
	return open(file_in(directory), O_RDONLY | O_CLOEXEC);
}

static int
try_to_make_file(void)
{
	return make_file(places.state);
}

static int
try_to_write_config(void)
{
	return open(file_in(places.config), O_WRONLY | O_CLOEXEC);
}

static int
try_to_read_config(void)
{
	return read_file(places.config);
}

static int
try_to_make_file_elsewhere(void)
{
	return make_file(places.elsewhere);
}

static int
try_to_read_elsewhere(void)
{
	return read_file(places.elsewhere);
}

static int
try_to_remove_config(void)
{
	return unlink(file_in(places.config));
}

static int
try_to_replace_state(void)
{
	char path[TMPDIR_PATH_MAX + 8];
	int fd = make_file(places.state);

	snprintf(path, sizeof(path), "%s/other", places.state);
	if (fd == -1 || ftruncate(fd, 4096) == -1 || fsync(fd) == -1 ||
	    rename(file_in(places.state), path) == -1)
		return -1;
	return unlink(path);
}

static int
try_to_read_users(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int
try_to_stat(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static int
try_to_exec_by_name(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
try_to_exec_kept(void)
{
	char *const argv[] = { "true", NULL };

	return fexecve(places.exe_fd, argv, environ);
}

static int
try_to_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : waitpid(pid, &status, 0);
}

static int
try_to_trace(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int
try_to_read_memory(void)
{
	return (
	    int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static int
try_to_signal(void)
{
	return kill(getppid(), 0);
}

static int
try_to_become_root(void)
{
	return (int)syscall(SYS_setuid, 0);
}

static int
try_to_leave_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
try_to_mount(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int
try_to_go_round(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int
try_to_execute_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
try_to_make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_EXEC);
}

static int
try_to_lift_limit(void)
{
	static const struct rlimit limit = { 64, 64 };

	return setrlimit(RLIMIT_NOFILE, &limit);
}

static int
try_raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int
try_udp_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int
try_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0);
}

static int
try_netlink_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int
try_unix_stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
try_unix_datagram_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int
try_to_listen(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);

	if (fd == -1 || bind(fd, (struct sockaddr *)&any, sizeof(any)) == -1)
		return -1;
	return listen(fd, 1);
}

static int
try_tcp6_socket(void)
{
	return socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
try_to_name_interface(void)
{
	return if_nametoindex("lo") != 0 ? 0 : -1;
}

static int
try_timer(void)
{
	static const struct itimerspec soon = { .it_value = { .tv_nsec = 1 } };
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	uint64_t count;

	if (fd == -1 || timerfd_settime(fd, 0, &soon, NULL) == -1)
		return -1;
	return (int)read(fd, &count, sizeof(count));
}

static int
try_memory(void)
{
	static const size_t size = (size_t)64 << 20;
	char *p = malloc(size);

	if (p == NULL)
		return -1;
	p[size - 1] = 1;
	free(p);
	return 0;
}

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
