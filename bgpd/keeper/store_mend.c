/*
 * Pages of a damaged copy.  SQLite gives up a table at the first page that
 * makes no sense to it; with a page of one row in its place, which is no
 * claim, it reads on to those behind.  See "B-tree Pages" of SQLite's file
 * format: a page begins with its type, the number of its cells is at 3, and
 * behind the header is where each of them lies.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store_internal.h"

#define PAGE 4096
#define DEPTH_MAX 16

/* Of tables without rowid, as that of the claims is. */
#define INTERIOR 2
#define INTERIOR_HEADER 12
#define LEAF 10
#define LEAF_HEADER 8

/* The table of claims was made first, so it begins on the page behind. */
#define CLAIMS_ROOT 2

struct copy {
	int fd;
	uint32_t pages;
	uint32_t left; /* pages to look at: none is there twice */
};

static uint32_t
get_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t
get_u32(const uint8_t *at)
{
	return get_u16(at) << 16 | get_u16(at + 2);
}

static void
put_u32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool
is_page(const uint8_t *page, uint8_t type, uint32_t header)
{
	uint32_t count = get_u16(page + 3), first = header + 2 * count;

	if (page[0] != type || count == 0 || first > PAGE)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t cell = get_u16(page + header + 2 * (size_t)i);

		if (cell < first || cell > PAGE - 4)
			return false;
	}
	return true;
}

/* One cell of three octets, which are a row of two NULLs. */
static void
write_empty(struct copy *c, off_t place)
{
	static const uint8_t row[] = { 3, 3, 0, 0 };
	uint8_t page[PAGE] = { LEAF };

	page[4] = 1;
	page[5] = page[8] = (PAGE - 4) >> 8;
	page[6] = page[9] = (PAGE - 4) & 0xff;
	memcpy(page + PAGE - 4, row, sizeof(row));
	if (pwrite(c->fd, page, sizeof(page), place) == -1)
		c->left = 0; /* what follows stays as it is */
}

static void
mend_page(struct copy *c, uint32_t number, int depth)
{
	off_t place = ((off_t)number - 1) * PAGE;
	uint8_t page[PAGE];

	if (number < CLAIMS_ROOT || number > c->pages || c->left == 0 ||
	    depth == DEPTH_MAX ||
	    pread(c->fd, page, sizeof(page), place) != PAGE)
		return;
	c->left--;
	if (is_page(page, LEAF, LEAF_HEADER))
		return;
	if (!is_page(page, INTERIOR, INTERIOR_HEADER)) {
		write_empty(c, place);
		return;
	}
	for (uint32_t i = 0; i < get_u16(page + 3); i++) {
		uint32_t cell = get_u16(page + INTERIOR_HEADER + 2 * (size_t)i);

		mend_page(c, get_u32(page + cell), depth + 1);
	}
	mend_page(c, get_u32(page + 8), depth + 1);
}

void
store_mend_claims(const char *path)
{
	struct copy c = { .fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) };
	struct stat st;

	if (c.fd == -1)
		return;
	if (fstat(c.fd, &st) == 0) {
		c.pages = c.left = (uint32_t)(st.st_size / PAGE);
		mend_page(&c, CLAIMS_ROOT, 0);
	}
	close(c.fd);
}

/*
 * The first page is the header and the schema.  The header has the number of
 * pages at 28, and at 32 that none is free.
 */
int
store_mend_first_page(const char *path, const char *fresh)
{
	int from = open(fresh, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int to = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	uint8_t page[PAGE];
	struct stat st;
	int rc = -1;

	if (from != -1 && to != -1 && fstat(to, &st) == 0 &&
	    st.st_size >= PAGE && pread(from, page, sizeof(page), 0) == PAGE) {
		put_u32(page + 28, (uint32_t)(st.st_size / PAGE));
		put_u32(page + 32, 0);
		put_u32(page + 36, 0);
		rc = pwrite(to, page, sizeof(page), 0) == PAGE ? 0 : -1;
	}
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	return rc;
}
