#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * hash COST PROCESSES SECONDS: how many yescrypt hashes a second this machine computes when it does
 * nothing else: what log-ins are measured against. It calls libxcrypt itself, so that nothing of
 * lib/password.c can slow both sides alike.
 */

static const char setting_prefix[] = "$y$", phrase[] = "Correct-Horse-7-Battery";

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Hashes a second of one process; 0 when libxcrypt refused. */
static double
rate(unsigned long cost, double seconds)
{
	static struct crypt_data data;
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	double start, end;
	long n = 0;

	if (crypt_gensalt_rn(setting_prefix, cost, NULL, 0, setting, sizeof(setting)) == NULL)
		return 0;
	start = end = now();
	for (; end - start < seconds; end = now(), n++) {
		if (crypt_rn(phrase, setting, &data, sizeof(data)) == NULL)
			return 0;
	}
	return (double)n / (end - start);
}

static void
child(int fd, unsigned long cost, double seconds)
{
	double r = rate(cost, seconds);

	_exit(write(fd, &r, sizeof(r)) == (ssize_t)sizeof(r) && r > 0 ? 0 : 1);
}

int
main(int argc, char **argv)
{
	int fds[2], status, failed = 0;
	double r, sum = 0;
	long processes;

	if (argc != 4 || pipe(fds) != 0) {
		fputs("usage: hash COST PROCESSES SECONDS\n", stderr);
		return 2;
	}
	processes = strtol(argv[2], NULL, 10);
	for (long i = 0; i < processes; i++) {
		if (fork() == 0)
			child(fds[1], strtoul(argv[1], NULL, 10), strtod(argv[3], NULL));
	}
	for (long i = 0; i < processes; i++) {
		if (wait(&status) < 0 || status != 0 || read(fds[0], &r, sizeof(r)) != sizeof(r))
			failed = 1;
		else
			sum += r;
	}
	printf("%.1f\n", sum);
	return failed;
}
