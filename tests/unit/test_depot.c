#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/depot.h"

static const char kept[] = "ab0c8e4e-9a53-4f0e-8a6c-0d7b1c2e9f11";
static const char other[] = "000c8e4e-9a53-4f0e-8a6c-0d7b1c2e9f11";
static char root[] = "/tmp/depot.XXXXXX";

static struct depot *
depot_new(void)
{
	const char *why = NULL;
	struct depot *d;

	cr_assert_not_null(mkdtemp(root));
	d = depot_open(root, &why);
	cr_assert_not_null(d, "%s", why);
	return d;
}

static void
depot_end(struct depot *d)
{
	char command[64];

	depot_free(&d);
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

static const char *
below(const char *path)
{
	static char full[128];

	(void)snprintf(full, sizeof(full), "%s/%s", root, path);
	return full;
}

static void
arrive(const char *name, const char *bytes)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "incoming/%s", name);
	f = fopen(below(path), "w");
	cr_assert_not_null(f);
	cr_assert_geq(fputs(bytes, f), 0);
	cr_assert_eq(fclose(f), 0);
}

Test(depot, takes_only_names_that_the_web_server_gives)
{
	cr_assert_str_eq(depot_arrived("/var/lib/files/incoming/0000000012"), "0000000012");
	cr_assert_str_eq(depot_arrived("7"), "7");
	cr_assert_null(depot_arrived(""));
	cr_assert_null(depot_arrived("/a/"));
	cr_assert_null(depot_arrived("/a/.."));
	cr_assert_null(depot_arrived("/a/1x"));
	cr_assert_null(depot_arrived("/a/123456789012345678901234567890123"));
}

Test(depot, moves_what_has_arrived_whole)
{
	struct depot *d = depot_new();
	struct stat outer, inner;

	arrive("1", "12345");
	cr_assert_not(depot_sync(d, "1", 4));
	cr_assert_not(depot_sync(d, "2", 5));
	cr_assert_eq(errno, ENOENT);
	cr_assert(depot_sync(d, "1", 5));
	cr_assert(depot_keep(d, "1", kept));
	cr_assert_eq(access(below("kept/ab/ab0c8e4e-9a53-4f0e-8a6c-0d7b1c2e9f11"), R_OK), 0);
	cr_assert_neq(access(below("incoming/1"), F_OK), 0);
	cr_assert_not(depot_keep(d, "1", other));
	cr_assert_eq(stat(below("kept"), &outer), 0);
	cr_assert_eq(stat(below("kept/ab"), &inner), 0);
	cr_assert_eq(outer.st_mode, inner.st_mode, "the web server has to pass");
	cr_assert(depot_drop(d, kept));
	cr_assert(depot_drop(d, kept), "gone is gone");
	depot_end(d);
}

Test(depot, follows_no_link)
{
	struct depot *d = depot_new();

	cr_assert_eq(symlink("/etc/passwd", below("incoming/1")), 0);
	cr_assert_not(depot_sync(d, "1", 5));
	arrive("2", "12345");
	cr_assert_eq(chdir(root), 0);
	cr_assert_eq(link("incoming/2", "twice"), 0);
	cr_assert_not(depot_sync(d, "2", 5), "somebody else has it, too");
	depot_end(d);
}

static size_t
walk(struct depot *d, int64_t age_s)
{
	char names[4][DEPOT_NAME_SIZE];
	size_t n, all = 0;
	bool more;

	do {
		more = depot_old(d, age_s, names, 4, &n);
		all += n;
	} while (more);
	return all;
}

Test(depot, walks_through_what_is_old_and_nothing_else)
{
	struct depot *d = depot_new();

	for (int i = 0; i < 9; i++) {
		char name[DEPOT_NAME_SIZE];

		(void)snprintf(
		    name, sizeof(name), "%02x0c8e4e-9a53-4f0e-8a6c-0d7b1c2e9f11", (unsigned)i * 31);
		arrive("1", "x");
		cr_assert(depot_keep(d, "1", name));
	}
	arrive("8", "x");
	arrive("no number", "x");
	cr_assert_eq(walk(d, 60), 0);
	cr_assert_eq(depot_abandoned(d, 60), 0);
	cr_assert_eq(walk(d, -60), 9);
	cr_assert_eq(walk(d, -60), 9, "and begins anew");
	cr_assert_eq(depot_abandoned(d, -60), 1);
	cr_assert_eq(access(below("incoming/no number"), F_OK), 0);
	depot_end(d);
}

Test(depot, says_why_a_folder_is_none)
{
	const char *why = NULL;

	cr_assert_null(depot_open("/nonexistent/files", &why));
	cr_assert_not_null(strstr(why, "/nonexistent/files: "), "%s", why);
}

Test(depot, knows_how_much_room_there_is)
{
	struct depot *d = depot_new();

	cr_assert(depot_room(d, 0));
	cr_assert_not(depot_room(d, INT64_MAX));
	depot_end(d);
}
