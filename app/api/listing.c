#include "app/api/listing.h"

const char *const listing_counts[] = {"capped", "exact", "none", NULL};
