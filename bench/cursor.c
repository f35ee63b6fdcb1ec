/* bench/cursor QUESTION KEY ID: the cursor behind that row, as a list would give it out. */

#include <stdio.h>

#include "lib/arena.h"
#include "lib/cursor.h"

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();

	if (argc != 4)
		return 2;
	puts(cursor_text(a, argv[1], &(struct cursor){.key = argv[2], .id = argv[3]}));
	arena_free(&a);
	return 0;
}
