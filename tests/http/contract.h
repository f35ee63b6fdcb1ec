#ifndef TESTS_HTTP_CONTRACT_H
#define TESTS_HTTP_CONTRACT_H

struct answer;

/*
 * contract_note(method, path, answer): append "operationId status error_code" to the file that the
 * variable CONTRACT_LOG names, when it is set; "-" stands for no code. scripts/contract compares the
 * lines of a whole run with the document. HEAD and what the document does not show are not noted.
 */
void contract_note(const char *method, const char *path, const struct answer *);

#endif
