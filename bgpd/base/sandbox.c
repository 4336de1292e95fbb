/*
 * Privileges are given up in the order that makes it final: other groups,
 * group, user, capabilities, and then a look whether it is true.  Then files
 * by Landlock, and last the system calls, among them those that did the rest.
 *
 * Landlock is spoken to by its system calls, with the numbers that the
 * running kernel may know and the headers that we are compiled with may not.
 * The filter is an allow-list for libseccomp to compile.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <unistd.h>

#include "sandbox.h"

#define NET_BIND (1U << CAP_NET_BIND_SERVICE)

/* tests/valgrind.sh turns it off: valgrind must open files and more. */
#ifdef SANDBOX_OFF
#define CONFINES false
#else
#define CONFINES true
#endif

static struct sandbox_in_force in_force;

/* The permitted capabilities; none when they are not told. */
static uint64_t
permitted_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) == -1)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/* Makes mask the permitted, effective and inheritable capabilities. */
static int
set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = mask, .permitted = mask, .inheritable = mask },
	};

	return (int)syscall(SYS_capset, &header, data);
}

/* From root to uid and gid, with the permitted capabilities kept so far. */
static int
become(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return -1;
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1)
		return -1;
	return setresuid(uid, uid, uid);
}

/*
 * Keeps one capability, if it is there, also for what we execute.  A service
 * manager may have seen to all that, and forbid us to try.
 */
static int
reduce_capabilities(void)
{
	uint64_t permitted = permitted_capabilities();
	uint32_t kept = (uint32_t)(permitted & NET_BIND);

	if (permitted == kept &&
	    (kept == 0 ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET,
		    CAP_NET_BIND_SERVICE, 0, 0) == 1))
		return 0;
	if (set_capabilities(kept) == -1)
		return -1;
	if (kept == 0)
		return 0;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE,
	    0, 0);
}

/* Whether all ids are these, and none leads back to root. */
static int
verify(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return -1;
	errno = EPERM;
	if (r != uid || e != uid || s != uid)
		return -1;
	if (uid == 0)
		return 0;
	if (rg != gid || eg != gid || sg != gid)
		return -1;
	if (setresuid(0, 0, 0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
sandbox_hide_memory(void)
{
	static const struct rlimit none = { 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1)
		return -1;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int
sandbox_drop(uid_t uid, gid_t gid)
{
	if (geteuid() == 0 && uid != 0 && become(uid, gid) == -1)
		return -1;
	if (reduce_capabilities() == -1 || verify(uid, gid) == -1 ||
	    sandbox_hide_memory() == -1)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/*
 * Landlock.  Later versions of it than the header's: a kernel that does not
 * know them sees zeros, which it takes.
 */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

#define ALL_OF_VERSION_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define REFER (1ULL << 13)     /* version 2 */
#define TRUNCATE (1ULL << 14)  /* version 3 */
#define IOCTL_DEV (1ULL << 15) /* version 5 */
/* Version 6: abstract sockets and signals to processes not confined as we. */
#define SCOPES 3ULL
/* What can be done with a file itself; the rest is done in a directory. */
#define OF_FILES                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE)
#define TO_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TO_REMOVE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define TO_WORK                                                \
	(TO_READ | TO_REMOVE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | TRUNCATE)
#define TO_EXECUTE (TO_READ | LANDLOCK_ACCESS_FS_EXECUTE)

/*
 * What programs are made of, the name service asks, and the C library reads;
 * and what a new speaker opens before it is confined itself.
 */
static const struct {
	const char *path;
	uint64_t access;
} system_paths[] = {
	{ "/usr", TO_EXECUTE },
	{ "/lib", TO_EXECUTE },
	{ "/lib64", TO_EXECUTE },
	{ "/etc", TO_READ },
	{ "/run", TO_READ },
	{ "/proc", TO_READ },
	{ "/sys/devices/system", TO_READ },
	{ "/var/lib/sss", TO_READ },
	{ "/dev/null", TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE },
	{ "/dev/urandom", TO_READ },
};

static uint64_t
handled_by(int abi)
{
	uint64_t files = ALL_OF_VERSION_1;

	if (abi >= 2)
		files |= REFER;
	if (abi >= 3)
		files |= TRUNCATE;
	if (abi >= 5)
		files |= IOCTL_DEV;
	return files;
}

/* 0: the kernel has no Landlock, or whoever contains us does not allow it. */
static int
landlock_version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static int
new_ruleset(int abi)
{
	const struct ruleset all = { .files = handled_by(abi),
		.scopes = abi >= 6 ? SCOPES : 0 };

	return (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
}

static int
allow_file(int ruleset, int abi, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	rule.allowed_access = access & handled_by(abi);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	return (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int
allow_path(int ruleset, int abi, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int rc;

	/* what is not there, or not for us, nobody will miss */
	if (fd == -1)
		return errno == ENOMEM || errno == EMFILE ? -1 : 0;
	rc = allow_file(ruleset, abi, fd, access);
	close(fd);
	return rc;
}

static int
allow_paths(int ruleset, int abi, const struct sandbox_path *paths,
    size_t count)
{
	static const uint64_t access[] = {
		[SANDBOX_READ] = TO_READ,
		[SANDBOX_WORK] = TO_WORK,
		[SANDBOX_REMOVE] = TO_REMOVE,
	};

	for (size_t i = 0; i < count; i++) {
		if (allow_path(ruleset, abi, paths[i].path,
			access[paths[i].use]) == -1)
			return -1;
	}
	return 0;
}

static int
allow_system(int ruleset, int abi)
{
	for (size_t i = 0; i < sizeof(system_paths) / sizeof(system_paths[0]);
	     i++) {
		if (allow_path(ruleset, abi, system_paths[i].path,
			system_paths[i].access) == -1)
			return -1;
	}
	return 0;
}

/* From here on only what the ruleset allows.  Takes the descriptor. */
static int
enforce(int ruleset, int abi)
{
	int rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);

	close(ruleset);
	if (rc == 0)
		in_force.landlock_abi = abi;
	return rc;
}

/*
 * Seccomp.  A call is allowed, or allowed for certain arguments only; all
 * that are in no table get the filter's default.
 */
struct call_if {
	int call;
	unsigned conditions;
	struct scmp_arg_cmp if_all[3];
};

#define KIND_OF_SOCKET 0xf /* the type without SOCK_CLOEXEC and its like */

/* What a loop of events over sockets needs, with the C library below it. */
static const int calls_of_both[] = {
	/* descriptors */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime), SCMP_SYS(getdents64),
	/* sockets */
	SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(connect), SCMP_SYS(accept),
	SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* time */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep),
	/* signals */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	/* ourselves */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid),
	SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(capget), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(times), SCMP_SYS(uname), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity)
};

#ifdef SANITIZED
static const int calls_of_sanitizers[] = { SCMP_SYS(prctl), SCMP_SYS(pipe2) };
#endif

/* Of streams TCP's only: others are MPTCP's, SCTP's and SMC's. */
#define TCP_SOCKET(family, protocol)                                   \
	{                                                              \
		.call = SCMP_SYS(socket), .conditions = 3, .if_all = { \
			{ 0, SCMP_CMP_EQ, (family), 0 },               \
			{ 1, SCMP_CMP_MASKED_EQ, KIND_OF_SOCKET,       \
			    SOCK_STREAM },                             \
			{ 2, SCMP_CMP_EQ, (protocol), 0 }              \
		}                                                      \
	}

/* fcntl(2) and ioctl(2): their second argument says what is to be done. */
#define CONTROL(name, command)                                       \
	{                                                            \
		.call = SCMP_SYS(name), .conditions = 1, .if_all = { \
			{ 1, SCMP_CMP_EQ, (command), 0 }             \
		}                                                    \
	}

/*
 * Never F_SETOWN, F_SETSIG and O_ASYNC, which send signals to whom one likes.
 */
static const struct call_if calls_of_both_if[] = {
	TCP_SOCKET(AF_INET, 0),
	TCP_SOCKET(AF_INET, IPPROTO_TCP),
	TCP_SOCKET(AF_INET6, 0),
	TCP_SOCKET(AF_INET6, IPPROTO_TCP),
	CONTROL(fcntl, F_GETFD),
	CONTROL(fcntl, F_SETFD),
	CONTROL(fcntl, F_GETFL),
	{ .call = SCMP_SYS(fcntl),
	    .conditions = 2,
	    .if_all = { { 1, SCMP_CMP_EQ, F_SETFL, 0 },
		{ 2, SCMP_CMP_MASKED_EQ, O_ASYNC, 0 } } },
	CONTROL(ioctl, SIOCOUTQ),
	CONTROL(ioctl, SIOCINQ),
	CONTROL(ioctl, SIOCGIFINDEX),
	/* getnameinfo(3) of a link-local address, by libevent's HTTP server */
	CONTROL(ioctl, SIOCGIFNAME),
};

/* Besides: memory that cannot be executed, and no limit to be changed. */
static const struct call_if calls_of_speaker_if[] = {
	/* syslog, after its daemon was restarted; if_nametoindex(3) */
	{ .call = SCMP_SYS(socket),
	    .conditions = 2,
	    .if_all = { { 0, SCMP_CMP_EQ, AF_UNIX, 0 },
		{ 1, SCMP_CMP_MASKED_EQ, KIND_OF_SOCKET, SOCK_DGRAM } } },
	{ .call = SCMP_SYS(mmap),
	    .conditions = 1,
	    .if_all = { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
	{ .call = SCMP_SYS(mprotect),
	    .conditions = 1,
	    .if_all = { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
	{ .call = SCMP_SYS(prlimit64),
	    .conditions = 1,
	    .if_all = { { 2, SCMP_CMP_EQ, 0, 0 } } },
	/* fstat(3); what has a name stays hidden */
	{ .call = SCMP_SYS(newfstatat),
	    .conditions = 1,
	    .if_all = { { 3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH,
		AT_EMPTY_PATH } } },
};

/* Tried by the C library at times, which does without: EACCES. */
static const int calls_refused[] = { SCMP_SYS(open), SCMP_SYS(openat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd) };

static const struct call_if calls_refused_if[] = {
	{ .call = SCMP_SYS(newfstatat),
	    .conditions = 1,
	    .if_all = { { 3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0 } } },
};

/* What the keeper does besides. */
static const int calls_of_keeper[] = {
	/* files, of which Landlock says which */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs),
	SCMP_SYS(fstatfs), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd), SCMP_SYS(pwrite64), SCMP_SYS(preadv),
	SCMP_SYS(pwritev), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(flock),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	SCMP_SYS(fchown), SCMP_SYS(utimensat), SCMP_SYS(umask),
	SCMP_SYS(copy_file_range), SCMP_SYS(sendfile), SCMP_SYS(fadvise64),
	SCMP_SYS(name_to_handle_at),
	/* a new speaker, its start and how it confines itself */
	SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe2),
	SCMP_SYS(close_range), SCMP_SYS(socketpair), SCMP_SYS(wait4),
	SCMP_SYS(waitid), SCMP_SYS(kill), SCMP_SYS(mmap), SCMP_SYS(mprotect),
	SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(prlimit64),
	SCMP_SYS(setrlimit), SCMP_SYS(prctl), SCMP_SYS(seccomp),
	SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_restrict_self),
	SCMP_SYS(tgkill),
	/* the name service */
	SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getgroups),
	SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg), SCMP_SYS(membarrier)
};

#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CSIGNAL)

static const struct call_if calls_of_keeper_if[] = {
	/* SQLite's locks, and a new speaker's descriptors */
	CONTROL(fcntl, F_GETLK),
	CONTROL(fcntl, F_SETLK),
	CONTROL(fcntl, F_SETLKW),
	CONTROL(fcntl, F_DUPFD_CLOEXEC),
	/*
	 * isatty(3), and the name service's sockets; never TIOCSTI, which
	 * types into the terminal of whoever started us.
	 */
	CONTROL(ioctl, TCGETS),
	CONTROL(ioctl, FIONBIO),
	{ .call = SCMP_SYS(socket),
	    .conditions = 1,
	    .if_all = { { 0, SCMP_CMP_EQ, AF_UNIX, 0 } } },
	/* fork(2): no thread, no namespace */
	{ .call = SCMP_SYS(clone),
	    .conditions = 1,
	    .if_all = { { 0, SCMP_CMP_MASKED_EQ, ~(uint64_t)FORK_FLAGS, 0 } } },
	/* fexecve(3); no name is needed for it */
	{ .call = SCMP_SYS(execveat),
	    .conditions = 1,
	    .if_all = { { 4, SCMP_CMP_EQ, AT_EMPTY_PATH, 0 } } },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Reload lets the keeper ask the name service, which loads what its
 * configuration names, and nobody can list what calls that makes: one that we
 * forbid makes a look-up fail, but not the daemon.  The tests are to find
 * what we forgot ourselves.
 */
#ifdef SANITIZED
#define KEEPER_OTHERWISE SCMP_ACT_KILL_PROCESS
#else
#define KEEPER_OTHERWISE SCMP_ACT_ERRNO(EPERM)
#endif

/* libseccomp gives -errno; ours is -1 with errno. */
static int
outcome(int rc)
{
	if (rc >= 0)
		return 0;
	errno = -rc;
	return -1;
}

static int
add_calls(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (outcome(seccomp_rule_add(ctx, action, calls[i], 0)) == -1)
			return -1;
	}
	return 0;
}

static int
add_calls_if(scmp_filter_ctx ctx, uint32_t action, const struct call_if *ifs,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (outcome(seccomp_rule_add_array(ctx, action, ifs[i].call,
			ifs[i].conditions, ifs[i].if_all)) == -1)
			return -1;
	}
	return 0;
}

static int
fill_keeper(scmp_filter_ctx ctx)
{
	/* the kernel is to tell of what it refused; an old one cannot */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	if (add_calls(ctx, SCMP_ACT_ALLOW, calls_of_keeper,
		COUNT(calls_of_keeper)) == -1)
		return -1;
	return add_calls_if(ctx, SCMP_ACT_ALLOW, calls_of_keeper_if,
	    COUNT(calls_of_keeper_if));
}

static int
fill_speaker(scmp_filter_ctx ctx)
{
	/* abort(3) and its like, but no signal to another process */
	const struct call_if own_signal = { .call = SCMP_SYS(tgkill),
		.conditions = 1,
		.if_all = { { 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0 } } };

	if (add_calls_if(ctx, SCMP_ACT_ALLOW, calls_of_speaker_if,
		COUNT(calls_of_speaker_if)) == -1 ||
	    add_calls_if(ctx, SCMP_ACT_ALLOW, &own_signal, 1) == -1)
		return -1;
	if (add_calls(ctx, SCMP_ACT_ERRNO(EACCES), calls_refused,
		COUNT(calls_refused)) == -1)
		return -1;
	return add_calls_if(ctx, SCMP_ACT_ERRNO(EACCES), calls_refused_if,
	    COUNT(calls_refused_if));
}

/* Makes the filter and puts it in force. */
static int
filter_calls(uint32_t otherwise, int (*fill)(scmp_filter_ctx))
{
	scmp_filter_ctx ctx;
	int rc = -1;

	if (prctl(PR_GET_SECCOMP) == -1)
		return 0; /* the kernel has none */
	ctx = seccomp_init(otherwise);
	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (outcome(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
		SCMP_ACT_KILL_PROCESS)) == 0 &&
	    add_calls(ctx, SCMP_ACT_ALLOW, calls_of_both,
		COUNT(calls_of_both)) == 0 &&
	    add_calls_if(ctx, SCMP_ACT_ALLOW, calls_of_both_if,
		COUNT(calls_of_both_if)) == 0 &&
#ifdef SANITIZED
	    add_calls(ctx, SCMP_ACT_ALLOW, calls_of_sanitizers,
		COUNT(calls_of_sanitizers)) == 0 &&
#endif
	    fill(ctx) == 0)
		rc = outcome(seccomp_load(ctx));
	seccomp_release(ctx);
	in_force.seccomp = rc == 0;
	return rc;
}

int
sandbox_confine_keeper_files(int exe_fd, const struct sandbox_path *paths,
    size_t count)
{
	int abi = landlock_version();
	int ruleset;

	if (!CONFINES || abi == 0)
		return 0;
	ruleset = new_ruleset(abi);
	if (ruleset == -1)
		return -1;
	if (allow_paths(ruleset, abi, paths, count) == -1 ||
	    allow_system(ruleset, abi) == -1 ||
	    allow_file(ruleset, abi, exe_fd, TO_EXECUTE) == -1) {
		close(ruleset);
		return -1;
	}
	return enforce(ruleset, abi);
}

int
sandbox_confine_keeper_calls(void)
{
	return CONFINES ? filter_calls(KEEPER_OTHERWISE, fill_keeper) : 0;
}

int
sandbox_confine_speaker(void)
{
	int abi = landlock_version();
	int ruleset;

	if (!CONFINES)
		return 0;
	if (abi > 0) {
		ruleset = new_ruleset(abi);
		if (ruleset == -1 || enforce(ruleset, abi) == -1)
			return -1;
	}
	return filter_calls(SCMP_ACT_KILL_PROCESS, fill_speaker);
}

const struct sandbox_in_force *
sandbox_in_force(void)
{
	in_force.bind_low_ports = (permitted_capabilities() & NET_BIND) != 0;
	return &in_force;
}

#ifdef SANITIZED
/*
 * LeakSanitizer's: it traces the process from another one, which we forbid.
 */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
int __lsan_is_turned_off(void);

int
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
__lsan_is_turned_off(void)
{
	return in_force.seccomp;
}
#endif
