/*
 * How alike two words are, for "did you mean": the distance of Damerau and
 * Levenshtein with adjacent swaps, in three rows.
 */
#include <string.h>

#include "spelling.h"

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row i of the table from rows i - 1 and i - 2. */
static void
fill_row(size_t row[], const size_t above[], const size_t above2[],
    const char *a, const char *b, size_t i)
{
	size_t len = strlen(b), cost;

	row[0] = i;
	for (size_t j = 1; j <= len; j++) {
		cost = a[i - 1] != b[j - 1];
		row[j] = smaller(above[j] + 1, row[j - 1] + 1);
		row[j] = smaller(row[j], above[j - 1] + cost);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
		    a[i - 2] == b[j - 1])
			row[j] = smaller(row[j], above2[j - 2] + 1);
	}
}

size_t
spelling_distance(const char *a, const char *b)
{
	size_t rows[3][SPELLING_MAX];
	size_t len_a = strlen(a), len_b = strlen(b);

	if (len_a >= SPELLING_MAX || len_b >= SPELLING_MAX)
		return SPELLING_MAX;
	for (size_t j = 0; j <= len_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= len_a; i++)
		fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], a,
		    b, i);
	return rows[len_a % 3][len_b];
}
