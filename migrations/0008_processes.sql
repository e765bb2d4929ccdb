-- Up Migration

-- Requests counted in the current window, for all processes together. Unlogged: after a crash all counts start at zero.
create unlogged table rate_limits (
  key text primary key,
  hits integer not null,
  window_ends_at timestamptz(3) not null
);
create index rate_limits_ended on rate_limits (window_ends_at);

-- The workers of each running process. A job that is locked by any other worker belongs to a process that died.
create unlogged table worker_processes (
  process_id uuid primary key,
  worker_ids text[] not null,
  seen_at timestamptz(3) not null default now()
);

-- Down Migration

drop table worker_processes;
drop table rate_limits;
