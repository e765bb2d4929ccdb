-- Up Migration

-- Columns without a default, or with a constant one, so no row is written. A program of the version before may go on
-- writing sessions: they are those of bearer tokens, and end after 90 days.
--
-- Adding a column locks out readers and writers of sessions until all migrations are done, so this comes late. The check
-- reads sessions once.
alter table sessions
  -- Who keeps the session: a client with a refresh token, or a browser with the session cookie.
  add column kind text not null default 'bearer',
  -- About when the session was used last. It is written once in some minutes at most. Null until then: the session was
  -- used when it was refreshed, or began, at `refreshed_at`.
  add column last_used_at timestamp(3) with time zone,
  -- The device, as it named itself, and the address at the sign-in. Null for sessions of the version before.
  add column user_agent text,
  add column address text,
  -- How many times the session was refreshed. The secret of a refresh token is made of it. Null for sessions of the
  -- version before, until they are refreshed.
  add column generation integer,
  -- The hash of the refresh token that the newest replaced. It gets the same answer again for a moment.
  add column previous_refresh_hash bytea,
  -- When the newest tokens of the session were made, by the clock of the program that made them: tokens are dated by it,
  -- and those that are given again must be the same. `refreshed_at` is by the clock of the database.
  add column tokens_issued_at timestamp(3) with time zone,
  -- When the session ends, however much it is used. `expires_at` is when it ends unused.
  add column ends_at timestamp(3) with time zone not null default now() + interval '90 days',
  -- The session of a cookie has no refresh token.
  alter column refresh_hash drop not null,
  add constraint sessions_kind_check check (kind in ('bearer', 'cookie'));

-- Down Migration

-- A session without a refresh token ends. It has lasted longer than the token that the version before would check.
delete from sessions where refresh_hash is null;
alter table sessions
  drop constraint sessions_kind_check,
  drop column kind,
  drop column last_used_at,
  drop column user_agent,
  drop column address,
  drop column generation,
  drop column previous_refresh_hash,
  drop column tokens_issued_at,
  drop column ends_at,
  alter column refresh_hash set not null;
