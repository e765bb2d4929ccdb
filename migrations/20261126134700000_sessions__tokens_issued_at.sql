-- Up Migration

-- When the newest tokens of a session were made, by the clock of the program that made them: tokens are dated by it, and
-- those that are given again must be the same. `refreshed_at` is by the clock of the database.
alter table sessions add column tokens_issued_at timestamp(3) with time zone;

-- Down Migration

alter table sessions drop column tokens_issued_at;
