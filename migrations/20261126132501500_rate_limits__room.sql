-- Up Migration
-- Attempts that are under way take room beside those that failed. `has_room` is what the last statement that added an
-- attempt found: it reads it back.
alter table rate_limits
  add column under_way integer not null default 0,
  add column has_room boolean not null default true;

-- Down Migration
alter table rate_limits drop column under_way, drop column has_room;
