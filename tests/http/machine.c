#include <openssl/evp.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/person.h"

#include "tests/http/machine.h"

struct machine
machine_new(void)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/auth/register",
	    .json = client_print("{\"username\":\"%s\"}", p.username));

	ANSWER_IS(a, 201, "");
	return (struct machine){
	    answer_text(a, "id"), answer_text(a, "username"), answer_text(a, "user_secret")};
}

struct answer *
machine_exchange(const char *secret)
{
	return CLIENT_ASK(.path = "/auth/token",
	    .json = client_print("{\"user_secret\":\"%s\"}", secret));
}

const char *
machine_token(const char *secret)
{
	struct answer *a = machine_exchange(secret);

	ANSWER_IS(a, 200, "");
	return answer_text(a, "access_token");
}

struct answer *
machine_rotate(const char *token)
{
	return CLIENT_ASK(.method = "POST", .path = "/users/me/secret", .token = token);
}

struct answer *
machine_drop(const char *token)
{
	return CLIENT_ASK(.method = "DELETE", .path = "/users/me/secret", .token = token);
}

const char *
machine_basic(const char *id, const char *secret)
{
	const char *pair = client_print("%s:%s", id, secret);
	size_t n = strlen(pair);
	unsigned char *text = arena_alloc(client_arena(), 4 * n / 3 + 8);

	(void)EVP_EncodeBlock(text, (const unsigned char *)pair, (int)n);
	return client_print("Authorization: Basic %s", (const char *)text);
}
