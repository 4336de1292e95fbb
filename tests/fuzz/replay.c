/*
 * Stands in for libFuzzer where the compiler has none: runs a target over the
 * files that are named, and over those in directories that are named.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#include "fuzz.h"

static unsigned files;

/* As long as it says: a read past the end is then seen by the sanitizer. */
static int
run_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size + (size == 0));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = -1;

	if (data != NULL && fd != -1 && read(fd, data, size) == (ssize_t)size) {
		LLVMFuzzerTestOneInput(data, size);
		files++;
		rc = 0;
	} else {
		perror(path);
	}
	if (fd != -1)
		close(fd);
	free(data);
	return rc;
}

/* nftw's: anything that is found. */
static int
on_found(const char *path, const struct stat *st, int what, struct FTW *where)
{
	(void)where;
	if (what == FTW_F && S_ISREG(st->st_mode))
		return run_file(path, (size_t)st->st_size);
	return what == FTW_D ? 0 : -1;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], on_found, 8, FTW_PHYS) != 0) {
			fprintf(stderr, "%s: not all could be run\n", argv[i]);
			return 1;
		}
	}
	printf("%u inputs\n", files);
	return files > 0 ? 0 : 1;
}
