-- Up Migration

-- What accounts and addresses have used up within a day, for all processes together. Logged: a quota outlives a crash.
create table quota_counts (
  key text primary key,
  used bigint not null,
  window_ends_at timestamptz(3) not null
);
create index quota_counts_ended on quota_counts (window_ends_at);

-- How many different things accounts were shown within a day. Each thing sets one bit, so the number is an estimate.
create table distinct_counts (
  key text primary key,
  seen bit(16384) not null,
  -- Whether somebody was told that half of the quota is used.
  is_noticed boolean not null default false,
  window_ends_at timestamptz(3) not null
);
create index distinct_counts_ended on distinct_counts (window_ends_at);

-- Down Migration

drop table distinct_counts;
drop table quota_counts;
