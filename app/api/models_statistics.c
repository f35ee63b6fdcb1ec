#include "app/api/formats.h"

#include "app/api/models.h"

static const struct field users_by_role_fields[] = {
    FIELD(struct UsersByRole, user, .flags = REQUIRED, .doc = "Who is no administrator."),
    FIELD(struct UsersByRole, admin, .flags = REQUIRED, .doc = "Administrators."), {0}};

static const struct model users_by_role =
    MODEL(UsersByRole, users_by_role_fields, .doc = "All users, by role.");

static const struct field registration_day_fields[] = {
    FIELD(struct RegistrationDay, date, .flags = REQUIRED, .format = &format_date,
	.doc = "The day, in UTC."),
    FIELD(struct RegistrationDay, count, .flags = REQUIRED, .doc = "Users who registered."), {0}};

static const struct model registration_day =
    MODEL(RegistrationDay, registration_day_fields, .doc = "Registrations of one day.");

static const struct field user_statistics_fields[] = {
    FIELD(struct UserStatistics, generated_at, .flags = REQUIRED,
	.doc = "When all of it was counted, as of one instant; at most a minute ago."),
    FIELD(struct UserStatistics, total_users, .flags = REQUIRED,
	.doc = "Users; who was deleted for good is none."),
    FIELD(struct UserStatistics, active_users, .flags = REQUIRED, .doc = "Who may log in."),
    FIELD(struct UserStatistics, inactive_users, .flags = REQUIRED, .doc = "Deactivated ones."),
    FIELD(struct UserStatistics, verified_users, .flags = REQUIRED,
	.doc = "Whose e-mail address was confirmed."),
    FIELD(struct UserStatistics, users_by_role, .flags = REQUIRED, .of = &users_by_role,
	.doc = "All users, by role."),
    FIELD(struct UserStatistics, new_users_today, .flags = REQUIRED,
	.doc = "Registered today, in UTC."),
    FIELD(struct UserStatistics, new_users_7d, .flags = REQUIRED,
	.doc = "Registered today or in the 6 days before."),
    FIELD(struct UserStatistics, new_users_30d, .flags = REQUIRED,
	.doc = "Registered today or in the 29 days before."),
    FIELD(struct UserStatistics, active_users_24h, .flags = REQUIRED,
	.doc = "Who logged in or refreshed in the 24 hours before generated_at."),
    FIELD(struct UserStatistics, active_users_30d, .flags = REQUIRED,
	.doc = "Who logged in or refreshed in the 30 days before generated_at."),
    FIELD(struct UserStatistics, registration_trend, .flags = REQUIRED, .of = &registration_day,
	.doc = "The last 30 days, the oldest first, today last."),
    {0}};

const struct model user_statistics =
    MODEL(UserStatistics, user_statistics_fields, .doc = "Numbers about all users.");
