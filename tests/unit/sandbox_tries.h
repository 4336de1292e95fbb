#ifndef SANDBOX_TRIES_H
#define SANDBOX_TRIES_H

/*
 * What a confined process tries; each gives -1 with errno when it fails.
 */
#include "tmpdir.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <asm/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>

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
try_mptcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static int
try_sctp_socket(void)
{
	return socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
}

static int
try_smc_socket(void)
{
	return socket(AF_SMC, SOCK_STREAM, 0);
}

/* Signals when it is written to, sent to another process. */
static int
try_to_own_for_parent(void)
{
	return fcntl(places.exe_fd, F_SETOWN, getppid());
}

static int
try_to_choose_signal(void)
{
	return fcntl(places.exe_fd, F_SETSIG, SIGKILL);
}

static int
try_to_be_signalled(void)
{
	return fcntl(STDERR_FILENO, F_SETFL, O_ASYNC);
}

static int
try_to_set_flags(void)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	if (flags == -1 || fcntl(STDERR_FILENO, F_SETFL, flags) == -1)
		return -1;
	flags = fcntl(STDERR_FILENO, F_GETFD);
	return flags == -1 ? -1 : fcntl(STDERR_FILENO, F_SETFD, flags);
}

static int
try_to_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	int fd = make_file(places.state);

	return fd == -1 ? -1 : fcntl(fd, F_SETLK, &lock);
}

static int
try_to_type(void)
{
	return ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static int
try_to_send_signals_from_ioctl(void)
{
	pid_t parent = getppid();

	return ioctl(STDERR_FILENO, FIOSETOWN, &parent);
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

#endif
