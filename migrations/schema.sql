-- Made from the migrations by scripts/develop/db-dump.ts, which a test holds it against. Not to be edited.

create extension if not exists btree_gin;
create extension if not exists pg_trgm;

CREATE OR REPLACE FUNCTION public.blank_event(tenant_id integer, event_id bigint, actor_id text, actor_role text, request_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  found_subject text;
  found_position bigint;
  record_id bigint;
begin
  select e.subject_id, e.position into found_subject, found_position
  from public.events e
  where e.tenant_id = blank_event.tenant_id and e.event_id = blank_event.event_id and e.position is not null
    and e.content_salt is not null and e.type <> 'event.blanked'
  for update;
  if not found then
    return null;
  end if;
  insert into public.events as r (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
  values (blank_event.tenant_id, 'event.blanked', found_subject, blank_event.actor_id, blank_event.actor_role,
    jsonb_build_object('event_id', blank_event.event_id, 'position', found_position), blank_event.request_id)
  returning r.event_id into record_id;
  update public.events e set changes = '{}', details = '{}', content_salt = null, blanked_by = record_id
  where e.tenant_id = blank_event.tenant_id and e.event_id = blank_event.event_id;
  return record_id;
end $function$;

CREATE OR REPLACE FUNCTION public.count_units_taken()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update public.products p
  set units_taken = p.units_taken + case when new.status in ('reserved', 'complete') then 1 else -1 end
  where p.tenant_id = new.tenant_id and p.product_number = new.product_number;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.date_platform_entry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.at := now();
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.delete_tenant_events(tenant_id integer, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  deleted integer;
begin
  if not public.is_tenant_deletable(delete_tenant_events.tenant_id) then
    return 0;
  end if;
  delete from public.events e
  where e.ctid = any (array(
    select o.ctid from public.events o
    where o.tenant_id = delete_tenant_events.tenant_id order by o.tenant_id, o.event_id limit least(most, 10000)));
  get diagnostics deleted = row_count;
  return deleted;
end $function$;

CREATE OR REPLACE FUNCTION public.end_tenant_log(tenant_id integer)
 RETURNS TABLE(last_position bigint, last_hash bytea)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if public.is_tenant_deletable(end_tenant_log.tenant_id)
    and not exists (select from public.events e where e.tenant_id = end_tenant_log.tenant_id)
  then
    return query
      delete from public.event_heads h where h.tenant_id = end_tenant_log.tenant_id returning h."position", h.hash;
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.event_canonical(tenant_id integer, "position" bigint, event_id bigint, type text, subject_id text, subject_version integer, actor_id text, actor_role text, request_id text, quiet boolean, occurred_at timestamp with time zone, content_digest bytea)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (json_build_array(tenant_id, "position", event_id, type, subject_id, subject_version, actor_id, actor_role, request_id, quiet, to_char((occurred_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text), encode(content_digest, 'hex'::text)))::text;

CREATE OR REPLACE FUNCTION public.event_chain_start(tenant_id integer)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN sha256(convert_to(('counterdesk events 1, tenant '::text || tenant_id), 'UTF8'::name));

CREATE OR REPLACE FUNCTION public.event_content_digest(salt uuid, changes jsonb, details jsonb)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN sha256((uuid_send(salt) || convert_to((json_build_array(changes, details))::text, 'UTF8'::name)));

CREATE OR REPLACE FUNCTION public.event_hash(previous bytea, start bytea, canonical text)
 RETURNS bytea
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$ begin return sha256(coalesce(previous, start) || convert_to(canonical, 'UTF8')); end $function$;

CREATE OR REPLACE FUNCTION public.is_tenant_deletable(tenant_id integer)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return exists (
    select from public.tenants t
    where t.tenant_id = is_tenant_deletable.tenant_id and t.state = 'deleting' and t.deleted_after <= now())
    and exists (
      select from public.platform_log l
      where l.tenant_number = is_tenant_deletable.tenant_id and l.what = 'deletion_requested'
        and l.at <= now() - interval '23 hours'
        and not exists (
          select from public.platform_log r
          where r.tenant_number = l.tenant_number and r.what = 'restored' and r.entry_id > l.entry_id));
end $function$;

CREATE OR REPLACE FUNCTION public.keep_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' and public.is_tenant_deletable(old.tenant_id) then
    return null;
  end if;
  if tg_op = 'UPDATE' and new.content_salt is null and new.changes = '{}' and new.details = '{}'
    and old.blanked_by is null and old.type <> 'event.blanked'
    and (new.tenant_id, new.event_id, new.position, new.type, new.subject_id, new.subject_version, new.actor_id,
      new.actor_role, new.request_id, new.quiet, new.occurred_at, new.content_digest, new.hash)
    is not distinct from
      (old.tenant_id, old.event_id, old.position, old.type, old.subject_id, old.subject_version, old.actor_id,
      old.actor_role, old.request_id, old.quiet, old.occurred_at, old.content_digest, old.hash)
    and exists (
      select from public.events r
      where r.tenant_id = new.tenant_id and r.event_id = new.blanked_by and r.event_id > new.event_id
        and r.type = 'event.blanked' and r.details ->> 'event_id' = new.event_id::text)
  then
    return null;
  end if;
  raise exception 'an event that has its position is kept as it is' using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.keep_grace()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.deleted_after < now() + interval '1 day' - interval '1 minute'
    and (tg_op = 'INSERT' or new.deleted_after is distinct from old.deleted_after)
  then
    raise exception 'a tenant is deleted after a day at the earliest' using errcode = 'restrict_violation';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.log_home(OUT system_identifier bigint, OUT database_oid bigint, OUT timeline bigint, OUT table_oid bigint)
 RETURNS record
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  select d.oid::bigint into database_oid from pg_database d where d.datname = current_database();
  table_oid := to_regclass('public.log_epochs')::oid::bigint;
  begin
    system_identifier := (select s.system_identifier from pg_control_system() s);
  exception when others then null;
  end;
  -- The control file has the timeline of the last checkpoint, which is still the old one shortly after a standby was
  -- promoted. The name of the file that is written now has the new one.
  begin
    timeline := ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint;
  exception when others then null;
  end;
end $function$;

CREATE OR REPLACE FUNCTION public.next_digest(way text, zone text, hour integer, after timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  today date;
  known text := coalesce(zone, 'UTC');
  due timestamptz;
begin
  if way = 'hourly' then
    return date_trunc('hour', after, 'UTC') + interval '1 hour';
  end if;
  begin
    today := (after at time zone known)::date;
  exception when invalid_parameter_value then
    known := 'UTC';
    today := (after at time zone known)::date;
  end;
  due := (today + make_interval(hours => hour)) at time zone known;
  if due <= after then
    due := (today + 1 + make_interval(hours => hour)) at time zone known;
  end if;
  return due;
end $function$;

CREATE OR REPLACE FUNCTION public.public_id(prefix text, number bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (prefix || lpad((number)::text, GREATEST(4, length((number)::text)), '0'::text));

CREATE OR REPLACE FUNCTION public.running_since()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select min(a.xact_start) from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend' and a.application_name <> 'pg_dump'
      and a.xact_start is not null
      and exists (
        select from pg_roles r
        where pg_has_role(a.usesysid, r.oid, 'member')
          and has_any_column_privilege(r.oid, 'public.tickets', 'insert, update'))
  $function$;

create aggregate event_chain(start bytea, canonical text) (sfunc = event_hash, stype = bytea);

create table accounts (
  tenant_id integer not null,
  account_id text not null,
  role text not null,
  sign_in_name text,
  email text,
  name text not null,
  password_hash text,
  token_version integer not null default 1,
  status text not null,
  created_at timestamp(3) with time zone not null default now(),
  typed_email text,
  email_confirmed_at timestamp(3) with time zone,
  time_zone text,
  language text,
  api_token_version integer not null default 1,
  kind text not null default 'person'::text,
  constraint accounts_pkey PRIMARY KEY (tenant_id, account_id),
  constraint accounts_account_id_check CHECK ((account_id ~* '^CUS[0-9]+$'::text) = (role = 'customer'::text) AND (role <> 'technician'::text OR account_id ~* '^TEC[0-9]+$'::text OR kind = 'service'::text)),
  constraint accounts_kind_check CHECK (
CASE kind
    WHEN 'person'::text THEN email IS NOT NULL AND sign_in_name IS NOT NULL
    WHEN 'service'::text THEN email IS NULL AND typed_email IS NULL AND sign_in_name IS NULL AND password_hash IS NULL AND role <> 'customer'::text AND status <> 'invited'::text AND account_id ~ '^SVC[0-9]+$'::text
    ELSE false
END),
  constraint accounts_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text])),
  constraint accounts_role_check CHECK (role = ANY (ARRAY['admin'::text, 'technician'::text, 'customer'::text])),
  constraint accounts_sign_in_name_check CHECK ((POSITION(('@'::text) IN (sign_in_name)) = 0 OR lower(sign_in_name) = lower(email)) AND (sign_in_name !~* '^(CUS|TEC)[0-9]+$'::text OR upper(sign_in_name) = account_id)),
  constraint accounts_status_check CHECK (status = ANY (ARRAY['invited'::text, 'active'::text, 'deactivated'::text]))
);
CREATE INDEX accounts_active_admins ON accounts USING btree (tenant_id) WHERE role = 'admin'::text AND status = 'active'::text;
CREATE INDEX accounts_customers_by_status ON accounts USING btree (tenant_id, status, (substr(account_id, 4)::bigint)) WHERE role = 'customer'::text;
CREATE UNIQUE INDEX accounts_email_key ON accounts USING btree (tenant_id, lower(email));
CREATE INDEX accounts_old_address ON accounts USING btree (tenant_id, account_id) WHERE email ~ '[^!-~]'::text;
CREATE INDEX accounts_people ON accounts USING btree (tenant_id, role, status, created_at, account_id);
CREATE INDEX accounts_search ON accounts USING gin (tenant_id, lower((name || ' '::text) || email) gin_trgm_ops);
CREATE UNIQUE INDEX accounts_sign_in_name_key ON accounts USING btree (tenant_id, lower(sign_in_name));
CREATE INDEX accounts_typed_search ON accounts USING gin (tenant_id, lower(typed_email) gin_trgm_ops) WHERE typed_email IS NOT NULL;

create table api_tokens (
  tenant_id integer not null,
  token_id uuid not null default gen_random_uuid(),
  account_id text not null,
  account_version integer not null,
  name text not null,
  hint text not null,
  token_hash bytea not null,
  scopes text[] not null,
  allowed_addresses text[] not null,
  created_at timestamp(3) with time zone not null default now(),
  created_by text not null,
  expires_at timestamp(3) with time zone not null,
  last_used_at timestamp(3) with time zone,
  refused_at timestamp(3) with time zone,
  constraint api_tokens_pkey PRIMARY KEY (tenant_id, token_id),
  constraint api_tokens_token_hash_key UNIQUE (tenant_id, token_hash)
);
CREATE INDEX api_tokens_newest ON api_tokens USING btree (tenant_id, created_at DESC, token_id DESC);
CREATE INDEX api_tokens_of_account ON api_tokens USING btree (tenant_id, account_id, created_at DESC, token_id DESC);

create table attachment_uploads (
  tenant_id integer not null,
  upload_id uuid not null,
  ticket_number bigint not null,
  account_id text not null,
  file_name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text,
  created_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  receiving_until timestamp(3) with time zone,
  constraint attachment_uploads_pkey PRIMARY KEY (tenant_id, upload_id)
);
CREATE INDEX attachment_uploads_expired ON attachment_uploads USING btree (expires_at);
CREATE INDEX attachment_uploads_of_account ON attachment_uploads USING btree (tenant_id, account_id, expires_at);

create table attachments (
  tenant_id integer not null,
  attachment_id uuid not null,
  ticket_number bigint not null,
  comment_id uuid,
  author_id text not null,
  file_name text not null,
  content_type text not null,
  size bigint not null,
  sha256 text not null,
  visibility text not null,
  created_at timestamp(3) with time zone not null,
  deleted_at timestamp(3) with time zone,
  missing_at timestamp(3) with time zone,
  constraint attachments_pkey PRIMARY KEY (tenant_id, attachment_id),
  constraint attachments_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'::text),
  constraint attachments_size_check CHECK (size > 0),
  constraint attachments_visibility_check CHECK (visibility = ANY (ARRAY['public'::text, 'internal'::text]))
);
CREATE INDEX attachments_missing ON attachments USING btree (tenant_id, attachment_id) WHERE missing_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX attachments_of_comment ON attachments USING btree (tenant_id, comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX attachments_of_ticket ON attachments USING btree (tenant_id, ticket_number, created_at, attachment_id) WHERE deleted_at IS NULL;
CREATE INDEX attachments_sizes ON attachments USING btree (tenant_id) INCLUDE (size) WHERE deleted_at IS NULL;

create table comments (
  tenant_id integer not null,
  comment_id uuid not null,
  ticket_number bigint not null,
  author_id text not null,
  visibility text not null,
  body text not null,
  created_at timestamp(3) with time zone not null,
  edited_at timestamp(3) with time zone,
  deleted_at timestamp(3) with time zone,
  in_reply_to uuid,
  constraint comments_pkey PRIMARY KEY (tenant_id, comment_id),
  constraint comments_visibility_check CHECK (visibility = ANY (ARRAY['public'::text, 'internal'::text]))
);
CREATE INDEX comments_answered ON comments USING btree (tenant_id, in_reply_to) WHERE in_reply_to IS NOT NULL;
CREATE INDEX comments_of_ticket ON comments USING btree (tenant_id, ticket_number, visibility, created_at, comment_id);
CREATE INDEX comments_shown ON comments USING btree (tenant_id, ticket_number, visibility, created_at, comment_id) WHERE deleted_at IS NULL;

create table counters (
  tenant_id integer not null,
  name text not null,
  value bigint not null default 0,
  constraint counters_pkey PRIMARY KEY (tenant_id, name),
  constraint counters_name_check CHECK (name = ANY (ARRAY['ticket'::text, 'customer'::text, 'technician'::text, 'service'::text, 'webhook'::text, 'product'::text, 'order'::text])),
  constraint counters_value_check CHECK (value >= 0)
) with (fillfactor=10);

create table customers (
  tenant_id integer not null,
  customer_number bigint not null,
  customer_id text not null generated always as (public_id('CUS'::text, customer_number)) stored,
  constraint customers_pkey PRIMARY KEY (tenant_id, customer_number),
  constraint customers_customer_id_key UNIQUE (tenant_id, customer_id)
);

create table deleted_links (
  tenant_id integer not null,
  ticket_number bigint not null,
  kind text not null,
  other_number bigint not null,
  created_at timestamp(3) with time zone not null,
  created_by text not null,
  constraint deleted_links_pkey PRIMARY KEY (tenant_id, ticket_number, kind, other_number),
  constraint deleted_links_kind_check CHECK (kind = ANY (ARRAY['parent'::text, 'related'::text, 'duplicate'::text]))
);
CREATE INDEX deleted_links_of_other ON deleted_links USING btree (tenant_id, other_number);

create table digest_hours (
  tenant_id integer not null,
  account_id text not null,
  hour smallint not null,
  constraint digest_hours_pkey PRIMARY KEY (tenant_id, account_id),
  constraint digest_hours_hour_check CHECK (hour >= 0 AND hour <= 23)
);

create table digest_items (
  tenant_id integer not null,
  account_id text not null,
  event_id bigint not null,
  kind text not null,
  due_at timestamp(3) with time zone not null,
  constraint digest_items_pkey PRIMARY KEY (tenant_id, account_id, event_id)
);
CREATE INDEX digest_items_waiting ON digest_items USING btree (tenant_id, due_at);

create table distinct_counts (
  key text not null,
  seen bit(16384) not null,
  is_noticed boolean not null default false,
  window_ends_at timestamp(3) with time zone not null,
  constraint distinct_counts_pkey PRIMARY KEY (key)
);
CREATE INDEX distinct_counts_ended ON distinct_counts USING btree (window_ends_at);

create table drafts (
  tenant_id integer not null,
  account_id text not null,
  ticket_number bigint not null,
  kind text not null,
  body text,
  version integer not null,
  updated_at timestamp(3) with time zone not null,
  constraint drafts_pkey PRIMARY KEY (tenant_id, account_id, ticket_number, kind),
  constraint drafts_kind_check CHECK (kind = ANY (ARRAY['reply'::text, 'note'::text]))
);
CREATE INDEX drafts_by_age ON drafts USING btree (updated_at);
CREATE INDEX drafts_of_account ON drafts USING btree (tenant_id, account_id, updated_at DESC, ticket_number, kind) WHERE body IS NOT NULL;

create table email_claims (
  tenant_id integer not null,
  email_id uuid not null,
  holder uuid not null,
  is_suspect boolean not null,
  claimed_at timestamp(3) with time zone not null default now(),
  constraint email_claims_pkey PRIMARY KEY (tenant_id, email_id)
);
CREATE UNIQUE INDEX email_claims_one_suspect ON email_claims USING btree (tenant_id) WHERE is_suspect;

create table email_confirmations (
  tenant_id integer not null,
  confirmation_id uuid not null default gen_random_uuid(),
  account_id text not null,
  email text not null,
  typed_email text,
  account_email text not null,
  created_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint email_confirmations_pkey PRIMARY KEY (tenant_id, confirmation_id)
);
CREATE INDEX email_confirmations_expired ON email_confirmations USING btree (expires_at);
CREATE INDEX email_confirmations_of_account ON email_confirmations USING btree (tenant_id, account_id, created_at);

create table emails (
  tenant_id integer not null,
  email_id uuid not null default gen_random_uuid(),
  event_id bigint not null,
  account_id text,
  template text not null,
  parameters jsonb not null,
  recipient_name text not null,
  recipient_email text not null,
  ticket_id text,
  message_id text not null,
  in_reply_to text,
  state text not null,
  attempts integer not null default 0,
  last_error text,
  created_at timestamp(3) with time zone not null default now(),
  sent_at timestamp(3) with time zone,
  due_at timestamp(3) with time zone,
  deaths smallint not null default 0,
  text_sha256 bytea,
  resent_at timestamp(3) with time zone,
  parameters_blanked_at timestamp(3) with time zone,
  answered_message_id text,
  keeps_address boolean not null default false,
  undo_id uuid,
  stops text,
  language text,
  constraint emails_pkey PRIMARY KEY (tenant_id, email_id),
  constraint emails_once_key UNIQUE (tenant_id, event_id, account_id, template),
  constraint emails_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text])),
  constraint emails_sent_check CHECK ((sent_at IS NOT NULL) = (state = 'sent'::text)),
  constraint emails_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sent'::text, 'deferred'::text, 'failed'::text, 'captured'::text, 'cancelled'::text, 'held'::text]))
);
CREATE INDEX emails_by_created_at ON emails USING btree (tenant_id, created_at, email_id);
CREATE INDEX emails_by_state ON emails USING btree (tenant_id, state, created_at, email_id);
CREATE INDEX emails_by_template ON emails USING btree (tenant_id, template, created_at, email_id);
CREATE INDEX emails_failed ON emails USING btree (tenant_id, ticket_id) WHERE state = 'failed'::text;
CREATE INDEX emails_held ON emails USING btree (tenant_id, email_id) WHERE state = 'held'::text;
CREATE INDEX emails_not_blanked_of_tenant ON emails USING btree (tenant_id, created_at) WHERE parameters_blanked_at IS NULL AND (state <> ALL (ARRAY['queued'::text, 'deferred'::text]));
CREATE INDEX emails_of_account ON emails USING btree (tenant_id, account_id, created_at, email_id);
CREATE INDEX emails_of_recipient ON emails USING btree (tenant_id, lower(recipient_email), created_at, email_id);
CREATE INDEX emails_of_ticket ON emails USING btree (tenant_id, ticket_id, created_at, email_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX emails_suspect ON emails USING btree (due_at) WHERE (state = ANY (ARRAY['queued'::text, 'deferred'::text])) AND deaths > 0;
CREATE INDEX emails_waiting ON emails USING btree (tenant_id, due_at, event_id) INCLUDE (state) WHERE state = ANY (ARRAY['queued'::text, 'deferred'::text]);

create table event_heads (
  tenant_id integer not null,
  "position" bigint not null default 0,
  hash bytea,
  constraint event_heads_pkey PRIMARY KEY (tenant_id)
) with (fillfactor=10);

create table events (
  tenant_id integer not null,
  event_id bigint not null generated always as identity,
  "position" bigint,
  type text not null,
  subject_id text not null,
  subject_version integer,
  actor_id text,
  actor_role text not null,
  changes jsonb not null default '{}'::jsonb,
  details jsonb not null default '{}'::jsonb,
  request_id text,
  quiet boolean not null default false,
  occurred_at timestamp(3) with time zone not null default now(),
  content_salt uuid,
  content_digest bytea,
  hash bytea,
  blanked_by bigint,
  traceparent text,
  constraint events_pkey PRIMARY KEY (tenant_id, event_id),
  constraint events_actor_check CHECK ((actor_id IS NULL) = (actor_role = 'system'::text)),
  constraint events_chained_check CHECK (num_nulls("position", content_digest, hash) = ANY (ARRAY[0, 3]))
);
CREATE INDEX events_by_actor ON events USING btree (tenant_id, actor_id, type, occurred_at, "position") WHERE "position" IS NOT NULL;
CREATE INDEX events_by_type ON events USING btree (tenant_id, type, occurred_at, "position") WHERE "position" IS NOT NULL;
CREATE INDEX events_of_subject ON events USING btree (tenant_id, subject_id, event_id);
CREATE UNIQUE INDEX events_position_key ON events USING btree (tenant_id, "position") WHERE "position" IS NOT NULL;
CREATE INDEX events_waiting ON events USING btree (tenant_id, event_id) WHERE "position" IS NULL;
CREATE TRIGGER events_kept AFTER DELETE OR UPDATE ON events FOR EACH ROW WHEN (old."position" IS NOT NULL) EXECUTE FUNCTION keep_event();
CREATE TRIGGER events_not_truncated BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION keep_event();

create table idempotency_keys (
  tenant_id integer not null,
  scope text not null,
  key text not null,
  request_hash bytea not null,
  answer bytea not null,
  created_at timestamp(3) with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (tenant_id, scope, key)
);
CREATE INDEX idempotency_keys_by_created_at ON idempotency_keys USING btree (created_at);

create table log_epochs (
  epoch_number integer not null generated always as identity,
  epoch text not null default "left"(replace((gen_random_uuid())::text, '-'::text, ''::text), 12),
  began_at timestamp(3) with time zone not null default now(),
  reason text not null,
  system_identifier bigint,
  database_oid bigint,
  timeline bigint,
  table_oid bigint,
  constraint log_epochs_pkey PRIMARY KEY (epoch_number),
  constraint log_epochs_epoch_key UNIQUE (epoch),
  constraint log_epochs_epoch_check CHECK (epoch ~ '^[a-z0-9]{12}$'::text)
);

create table log_forks (
  tenant_id integer not null,
  epoch_number integer not null,
  "position" bigint not null,
  constraint log_forks_pkey PRIMARY KEY (tenant_id, epoch_number)
);
CREATE INDEX log_forks_of_epoch ON log_forks USING btree (epoch_number);

create table mail_templates (
  tenant_id integer not null,
  template text not null,
  language text not null,
  subject text,
  text text,
  version integer not null default 1,
  updated_at timestamp(3) with time zone not null default now(),
  updated_by text not null,
  constraint mail_templates_pkey PRIMARY KEY (tenant_id, template, language),
  constraint mail_templates_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text])),
  constraint mail_templates_texts_check CHECK ((subject IS NULL) = (text IS NULL))
);

create table notification_choices (
  tenant_id integer not null,
  account_id text not null,
  kind text not null,
  way text not null,
  constraint notification_choices_pkey PRIMARY KEY (tenant_id, account_id, kind)
);

create table notifications (
  tenant_id integer not null,
  "position" bigint not null,
  account_id text not null,
  kind text not null,
  reason text not null,
  ticket_number bigint,
  undo_id uuid,
  read_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null default now(),
  constraint notifications_pkey PRIMARY KEY (tenant_id, "position", account_id)
);
CREATE INDEX notifications_by_created_at ON notifications USING btree (created_at);
CREATE INDEX notifications_of_undo ON notifications USING btree (tenant_id, undo_id) WHERE undo_id IS NOT NULL;
CREATE INDEX notifications_read ON notifications USING btree (tenant_id, account_id, "position") WHERE read_at IS NOT NULL;
CREATE INDEX notifications_read_kind ON notifications USING btree (tenant_id, account_id, kind, "position") WHERE read_at IS NOT NULL;
CREATE INDEX notifications_unread ON notifications USING btree (tenant_id, account_id, "position") WHERE read_at IS NULL;
CREATE INDEX notifications_unread_kind ON notifications USING btree (tenant_id, account_id, kind, "position") WHERE read_at IS NULL;

create table orders (
  tenant_id integer not null,
  order_number bigint not null,
  order_id text not null generated always as (public_id('ORD'::text, order_number)) stored,
  product_number bigint not null,
  unit_number integer not null,
  customer_id text not null,
  ticket_number bigint,
  title text not null,
  kind text not null,
  category text not null,
  price bigint not null,
  currency text not null,
  status text not null default 'reserved'::text,
  reserved_until timestamp(3) with time zone not null,
  reference text,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  constraint orders_pkey PRIMARY KEY (tenant_id, order_number),
  constraint orders_order_id_key UNIQUE (tenant_id, order_id),
  constraint orders_returned_check CHECK (status <> 'returned'::text OR kind = 'loan'::text),
  constraint orders_status_check CHECK (status = ANY (ARRAY['reserved'::text, 'complete'::text, 'cancelled'::text, 'expired'::text, 'returned'::text]))
);
CREATE INDEX orders_by_status ON orders USING btree (tenant_id, status, order_number);
CREATE UNIQUE INDEX orders_live_unit ON orders USING btree (tenant_id, product_number, unit_number) WHERE status = ANY (ARRAY['reserved'::text, 'complete'::text]);
CREATE INDEX orders_of_customer ON orders USING btree (tenant_id, customer_id, order_number);
CREATE INDEX orders_of_customer_by_status ON orders USING btree (tenant_id, customer_id, status, order_number);
CREATE INDEX orders_of_product ON orders USING btree (tenant_id, product_number, order_number);
CREATE INDEX orders_of_product_by_status ON orders USING btree (tenant_id, product_number, status, order_number);
CREATE INDEX orders_of_ticket ON orders USING btree (tenant_id, ticket_number) WHERE ticket_number IS NOT NULL;
CREATE INDEX orders_overdue ON orders USING btree (tenant_id, reserved_until) WHERE status = 'reserved'::text;
CREATE INDEX orders_reserved ON orders USING btree (reserved_until) WHERE status = 'reserved'::text;
CREATE TRIGGER orders_unit_changed AFTER UPDATE OF status ON orders FOR EACH ROW WHEN ((old.status = ANY (ARRAY['reserved'::text, 'complete'::text])) <> (new.status = ANY (ARRAY['reserved'::text, 'complete'::text]))) EXECUTE FUNCTION count_units_taken();
CREATE TRIGGER orders_unit_taken AFTER INSERT ON orders FOR EACH ROW WHEN (new.status = ANY (ARRAY['reserved'::text, 'complete'::text])) EXECUTE FUNCTION count_units_taken();

create table password_resets (
  tenant_id integer not null,
  reset_id uuid not null default gen_random_uuid(),
  account_id text not null,
  created_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint password_resets_pkey PRIMARY KEY (tenant_id, reset_id)
);
CREATE INDEX password_resets_expired ON password_resets USING btree (expires_at);
CREATE INDEX password_resets_of_account ON password_resets USING btree (tenant_id, account_id, created_at);

create table pgmigrations (
  id serial not null,
  name character varying(255) not null,
  run_on timestamp without time zone not null,
  constraint pgmigrations_pkey PRIMARY KEY (id)
);

create table platform_log (
  entry_id bigint not null generated always as identity,
  at timestamp(3) with time zone not null default now(),
  what text not null,
  slug text not null,
  tenant_number integer not null,
  changes jsonb not null default '{}'::jsonb,
  address text,
  request_id text,
  last_position bigint,
  last_hash bytea,
  constraint platform_log_pkey PRIMARY KEY (entry_id),
  constraint platform_log_deleted_check CHECK ((last_position IS NOT NULL) = (what = 'deleted'::text)),
  constraint platform_log_what_check CHECK (what = ANY (ARRAY['created'::text, 'renamed'::text, 'host_mapped'::text, 'suspended'::text, 'resumed'::text, 'deletion_requested'::text, 'restored'::text, 'deleted'::text]))
);
CREATE INDEX platform_log_of_slug ON platform_log USING btree (slug, entry_id);
CREATE INDEX platform_log_of_tenant ON platform_log USING btree (tenant_number, entry_id);
CREATE TRIGGER platform_log_dated BEFORE INSERT ON platform_log FOR EACH ROW EXECUTE FUNCTION date_platform_entry();

create table product_units (
  tenant_id integer not null,
  product_number bigint not null,
  unit_number integer not null,
  is_retired boolean not null default false,
  constraint product_units_pkey PRIMARY KEY (tenant_id, product_number, unit_number)
);

create table products (
  tenant_id integer not null,
  product_number bigint not null,
  product_id text not null generated always as (public_id('PRD'::text, product_number)) stored,
  owner_id text not null,
  title text not null,
  kind text not null,
  category text not null,
  price bigint not null,
  currency text not null,
  units integer not null,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  units_taken integer not null default 0,
  is_full boolean not null generated always as ((units_taken >= units)) stored,
  constraint products_pkey PRIMARY KEY (tenant_id, product_number),
  constraint products_product_id_key UNIQUE (tenant_id, product_id),
  constraint products_kind_check CHECK (kind = ANY (ARRAY['loan'::text, 'licence'::text, 'one_off'::text])),
  constraint products_price_check CHECK (price >= 0),
  constraint products_units_check CHECK (units >= 0)
);
CREATE INDEX products_called ON products USING gin (tenant_id, lower((title || ' '::text) || product_id) gin_trgm_ops);
CREATE INDEX products_of_category ON products USING btree (tenant_id, lower(category), kind, is_full, product_number);
CREATE INDEX products_of_kind ON products USING btree (tenant_id, kind, is_full, product_number);
CREATE INDEX products_of_owner_by_kind ON products USING btree (tenant_id, owner_id, kind, is_full, product_number);

create table quota_counts (
  key text not null,
  used bigint not null,
  window_ends_at timestamp(3) with time zone not null,
  constraint quota_counts_pkey PRIMARY KEY (key)
);
CREATE INDEX quota_counts_ended ON quota_counts USING btree (window_ends_at);

create unlogged table rate_limits (
  key text not null,
  hits integer not null,
  window_ends_at timestamp(3) with time zone not null,
  under_way integer not null default 0,
  has_room boolean not null default true,
  constraint rate_limits_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_limits_ended ON rate_limits USING btree (window_ends_at);

create table recovery_codes (
  tenant_id integer not null,
  account_id text not null,
  code_hash bytea not null,
  used_at timestamp(3) with time zone,
  constraint recovery_codes_pkey PRIMARY KEY (tenant_id, account_id, code_hash)
);

create table registrations (
  tenant_id integer not null,
  registration_id uuid not null default gen_random_uuid(),
  kind text not null,
  email text not null,
  typed_email text,
  name text,
  created_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint registrations_pkey PRIMARY KEY (tenant_id, registration_id),
  constraint registrations_kind_check CHECK (kind = ANY (ARRAY['confirm'::text, 'known'::text, 'elsewhere'::text]))
);
CREATE INDEX registrations_expired ON registrations USING btree (expires_at);
CREATE INDEX registrations_of_address ON registrations USING btree (tenant_id, lower(email), created_at);

create table second_factors (
  tenant_id integer not null,
  account_id text not null,
  secret text,
  enabled_at timestamp(3) with time zone,
  pending_secret text,
  pending_at timestamp(3) with time zone,
  last_step bigint not null default 0,
  hour_wrong integer not null default 0,
  hour_ends_at timestamp(3) with time zone,
  day_wrong integer not null default 0,
  day_ends_at timestamp(3) with time zone,
  constraint second_factors_pkey PRIMARY KEY (tenant_id, account_id),
  constraint second_factors_enabled_check CHECK ((secret IS NULL) = (enabled_at IS NULL)),
  constraint second_factors_pending_check CHECK ((pending_secret IS NULL) = (pending_at IS NULL))
);

create table service_accounts (
  tenant_id integer not null,
  service_number bigint not null,
  service_id text not null generated always as (public_id('SVC'::text, service_number)) stored,
  category text,
  created_by text not null,
  category_since timestamp(3) with time zone not null default clock_timestamp(),
  constraint service_accounts_pkey PRIMARY KEY (tenant_id, service_number),
  constraint service_accounts_service_id_key UNIQUE (tenant_id, service_id)
);

create table sessions (
  tenant_id integer not null,
  session_id uuid not null default gen_random_uuid(),
  account_id text not null,
  refresh_hash bytea,
  created_at timestamp(3) with time zone not null default now(),
  refreshed_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  revoked_at timestamp(3) with time zone,
  unmarked_refresh_hash bytea,
  kind text not null default 'bearer'::text,
  last_used_at timestamp(3) with time zone,
  user_agent text,
  address text,
  generation integer,
  previous_refresh_hash bytea,
  tokens_issued_at timestamp(3) with time zone,
  ends_at timestamp(3) with time zone not null default (now() + '90 days'::interval),
  constraint sessions_pkey PRIMARY KEY (tenant_id, session_id),
  constraint sessions_kind_check CHECK (kind = ANY (ARRAY['bearer'::text, 'cookie'::text]))
);
CREATE INDEX sessions_expired ON sessions USING btree (expires_at);
CREATE INDEX sessions_of_account ON sessions USING btree (tenant_id, account_id) WHERE revoked_at IS NULL;

create table sign_in_challenges (
  tenant_id integer not null,
  challenge_id uuid not null default gen_random_uuid(),
  account_id text not null,
  token_version integer not null,
  secret_hash bytea not null,
  wrong integer not null default 0,
  created_at timestamp(3) with time zone not null default now(),
  expires_at timestamp(3) with time zone not null,
  constraint sign_in_challenges_pkey PRIMARY KEY (tenant_id, challenge_id)
);
CREATE INDEX sign_in_challenges_expired ON sign_in_challenges USING btree (expires_at);
CREATE INDEX sign_in_challenges_of_account ON sign_in_challenges USING btree (tenant_id, account_id, expires_at);

create table sign_in_places (
  tenant_id integer not null,
  account_id text not null,
  place bytea not null,
  signed_in_at timestamp(3) with time zone not null default now(),
  constraint sign_in_places_pkey PRIMARY KEY (tenant_id, account_id, place)
);
CREATE INDEX sign_in_places_by_time ON sign_in_places USING btree (signed_in_at);

create table tags (
  tenant_id integer not null,
  tag text collate "C" not null,
  ticket_count bigint not null default 0,
  constraint tags_pkey PRIMARY KEY (tenant_id, tag),
  constraint tags_ticket_count_check CHECK (ticket_count >= 0)
);
CREATE INDEX tags_by_count ON tags USING btree (tenant_id, (- ticket_count), tag) WHERE ticket_count > 0;
CREATE INDEX tags_in_use ON tags USING btree (tenant_id, tag) WHERE ticket_count > 0;

create table technicians (
  tenant_id integer not null,
  technician_number bigint not null,
  technician_id text not null generated always as (public_id('TEC'::text, technician_number)) stored,
  phone_number text not null,
  category text not null,
  available boolean not null default true,
  category_since timestamp(3) with time zone not null default clock_timestamp(),
  constraint technicians_pkey PRIMARY KEY (tenant_id, technician_number),
  constraint technicians_technician_id_key UNIQUE (tenant_id, technician_id)
);
CREATE INDEX technicians_category ON technicians USING btree (tenant_id, lower(category), technician_number);

create table tenants (
  tenant_id integer not null generated always as identity,
  slug text not null,
  name text not null,
  settings jsonb not null default '{}'::jsonb,
  created_at timestamp(3) with time zone not null default now(),
  settings_version integer not null default 1,
  state text not null default 'active'::text,
  suspended_at timestamp(3) with time zone,
  deleted_after timestamp(3) with time zone,
  host text,
  resumed_at timestamp(3) with time zone,
  logo_id uuid,
  logo_sha256 text,
  logo_bytes integer,
  logo_type text,
  constraint tenants_pkey PRIMARY KEY (tenant_id),
  constraint tenants_host_key UNIQUE (host),
  constraint tenants_slug_key UNIQUE (slug),
  constraint tenants_deleted_check CHECK ((deleted_after IS NOT NULL) = (state = 'deleting'::text)),
  constraint tenants_host_check CHECK (host ~ '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$'::text),
  constraint tenants_logo_check CHECK (num_nulls(logo_id, logo_sha256, logo_bytes, logo_type) = ANY (ARRAY[0, 4])),
  constraint tenants_settings_check CHECK (jsonb_typeof(settings) = 'object'::text),
  constraint tenants_slug_check CHECK (slug ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'::text),
  constraint tenants_state_check CHECK (state = ANY (ARRAY['active'::text, 'suspended'::text, 'deleting'::text])),
  constraint tenants_suspended_check CHECK ((suspended_at IS NULL) = (state = 'active'::text))
);
CREATE TRIGGER tenants_grace BEFORE INSERT OR UPDATE ON tenants FOR EACH ROW WHEN (new.deleted_after IS NOT NULL) EXECUTE FUNCTION keep_grace();

create table ticket_links (
  tenant_id integer not null,
  ticket_number bigint not null,
  kind text not null,
  other_number bigint not null,
  created_at timestamp(3) with time zone not null default now(),
  created_by text not null,
  constraint ticket_links_pkey PRIMARY KEY (tenant_id, ticket_number, kind, other_number),
  constraint ticket_links_kind_check CHECK (kind = ANY (ARRAY['parent'::text, 'related'::text, 'duplicate'::text])),
  constraint ticket_links_other_check CHECK (ticket_number <> other_number),
  constraint ticket_links_related_check CHECK (kind <> 'related'::text OR ticket_number < other_number)
);
CREATE INDEX ticket_links_of_other ON ticket_links USING btree (tenant_id, other_number, kind, ticket_number);
CREATE UNIQUE INDEX ticket_links_parent_key ON ticket_links USING btree (tenant_id, ticket_number) WHERE kind = 'parent'::text;

create unlogged table ticket_presence (
  tenant_id integer not null,
  ticket_number bigint not null,
  account_id text not null,
  state text not null,
  since timestamp(3) with time zone not null,
  until timestamp(3) with time zone not null,
  constraint ticket_presence_pkey PRIMARY KEY (tenant_id, ticket_number, account_id),
  constraint ticket_presence_state_check CHECK (state = ANY (ARRAY['viewing'::text, 'replying'::text]))
);

create table ticket_watchers (
  tenant_id integer not null,
  ticket_number bigint not null,
  account_id text not null,
  by_merge boolean not null default false,
  watched_since timestamp(3) with time zone not null default clock_timestamp(),
  constraint ticket_watchers_pkey PRIMARY KEY (tenant_id, ticket_number, account_id)
);
CREATE INDEX ticket_watchers_of_account ON ticket_watchers USING btree (tenant_id, account_id, ticket_number);

create table tickets (
  tenant_id integer not null,
  ticket_number bigint not null,
  ticket_id text not null generated always as (public_id('TKT'::text, ticket_number)) stored,
  subject text not null,
  issue_category text not null,
  issue_description text not null,
  priority text not null default 'normal'::text,
  priority_rank smallint not null generated always as (CASE priority
    WHEN 'urgent'::text THEN 4
    WHEN 'high'::text THEN 3
    WHEN 'normal'::text THEN 2
    ELSE 1
END) stored,
  status text not null default 'new'::text,
  customer_id text not null,
  technician_id text,
  resolution_summary text,
  raised_date timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  resolved_date timestamp(3) with time zone,
  closed_date timestamp(3) with time zone,
  deleted_at timestamp(3) with time zone,
  version integer not null default 1,
  search tsvector not null generated always as ((to_tsvector('english'::regconfig, ((((public_id('TKT'::text, ticket_number) || ' '::text) || subject) || ' '::text) || issue_category)) || to_tsvector('english'::regconfig, ((issue_description || ' '::text) || COALESCE(resolution_summary, ''::text))))) stored,
  first_response_at timestamp(3) with time zone,
  follow_up_of_number bigint,
  merged_into_number bigint,
  tags text[] not null default '{}'::text[],
  final_target_number bigint,
  deleted_with_number bigint,
  kept_since timestamp(3) with time zone,
  gone_at timestamp(3) with time zone,
  moved_at timestamp(3) with time zone,
  close_reason text,
  source text,
  constraint tickets_pkey PRIMARY KEY (tenant_id, ticket_number),
  constraint tickets_close_reason_check CHECK (close_reason IS NULL OR status = 'closed'::text),
  constraint tickets_closed_check CHECK ((closed_date IS NOT NULL) = (status = 'closed'::text)),
  constraint tickets_final_target_check CHECK ((final_target_number IS NULL) = (merged_into_number IS NULL)),
  constraint tickets_merged_into_check CHECK (merged_into_number <> ticket_number),
  constraint tickets_priority_check CHECK (priority = ANY (ARRAY['low'::text, 'normal'::text, 'high'::text, 'urgent'::text])),
  constraint tickets_resolved_check CHECK (
CASE status
    WHEN 'resolved'::text THEN resolved_date IS NOT NULL
    WHEN 'closed'::text THEN true
    ELSE resolved_date IS NULL
END),
  constraint tickets_source_check CHECK (source = ANY (ARRAY['phone'::text, 'email'::text, 'chat'::text, 'in_person'::text])),
  constraint tickets_status_check CHECK (status = ANY (ARRAY['new'::text, 'assigned'::text, 'in_progress'::text, 'waiting'::text, 'resolved'::text, 'closed'::text])),
  constraint tickets_summary_check CHECK (
CASE status
    WHEN 'resolved'::text THEN resolution_summary IS NOT NULL
    WHEN 'closed'::text THEN (resolved_date IS NULL) = (resolution_summary IS NULL)
    ELSE true
END),
  constraint tickets_tags_check CHECK (cardinality(tags) <= 50),
  constraint tickets_technician_check CHECK ((status = ANY (ARRAY['resolved'::text, 'closed'::text])) OR (technician_id IS NULL) = (status = 'new'::text))
);
CREATE INDEX tickets_by_raised_date ON tickets USING btree (tenant_id, raised_date, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_by_status ON tickets USING btree (tenant_id, status, priority_rank, raised_date, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_by_status_priority ON tickets USING btree (tenant_id, status, priority_rank, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_by_status_resolved_date ON tickets USING btree (tenant_id, status, resolved_date, ticket_number) WHERE resolved_date IS NOT NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_by_status_updated_at ON tickets USING btree (tenant_id, status, priority_rank, updated_at, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_by_tag ON tickets USING gin (tenant_id, tags) WHERE tags <> '{}'::text[];
CREATE INDEX tickets_by_updated_at ON tickets USING btree (tenant_id, updated_at, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_deleted ON tickets USING btree (tenant_id, raised_date, ticket_number) WHERE deleted_at IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tickets_deleted_due_of_tenant ON tickets USING btree (tenant_id, COALESCE(kept_since, deleted_at)) WHERE deleted_at IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tickets_deleted_priority ON tickets USING btree (tenant_id, priority_rank, ticket_number) WHERE deleted_at IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tickets_deleted_updated_at ON tickets USING btree (tenant_id, updated_at, ticket_number) WHERE deleted_at IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tickets_deleted_with ON tickets USING btree (tenant_id, deleted_with_number) WHERE deleted_with_number IS NOT NULL;
CREATE INDEX tickets_final_target ON tickets USING btree (tenant_id, final_target_number, ticket_number) WHERE final_target_number IS NOT NULL;
CREATE INDEX tickets_follow_ups ON tickets USING btree (tenant_id, follow_up_of_number, raised_date, ticket_number) WHERE follow_up_of_number IS NOT NULL;
CREATE INDEX tickets_left ON tickets USING btree (tenant_id, lower(issue_category), status, raised_date, ticket_number) WHERE technician_id IS NULL AND status <> 'new'::text AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_left_priority ON tickets USING btree (tenant_id, lower(issue_category), status, priority_rank, ticket_number) WHERE technician_id IS NULL AND status <> 'new'::text AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_left_resolved_date ON tickets USING btree (tenant_id, lower(issue_category), status, resolved_date, ticket_number) WHERE technician_id IS NULL AND status <> 'new'::text AND resolved_date IS NOT NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_left_unanswered ON tickets USING btree (tenant_id, lower(issue_category), status, raised_date, ticket_number) WHERE technician_id IS NULL AND status <> 'new'::text AND first_response_at IS NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_left_updated_at ON tickets USING btree (tenant_id, lower(issue_category), status, updated_at, ticket_number) WHERE technician_id IS NULL AND status <> 'new'::text AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_merged ON tickets USING btree (tenant_id, raised_date, ticket_number) WHERE merged_into_number IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tickets_merged_into ON tickets USING btree (tenant_id, merged_into_number, ticket_number) WHERE merged_into_number IS NOT NULL;
CREATE INDEX tickets_merged_of_customer ON tickets USING btree (tenant_id, customer_id) WHERE merged_into_number IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tickets_merged_of_technician ON tickets USING btree (tenant_id, technician_id) WHERE merged_into_number IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tickets_merged_search ON tickets USING gin (tenant_id, search) WHERE merged_into_number IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX tickets_of_category ON tickets USING btree (tenant_id, lower(issue_category), status, raised_date, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_category_priority ON tickets USING btree (tenant_id, lower(issue_category), status, priority_rank, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_category_updated_at ON tickets USING btree (tenant_id, lower(issue_category), status, updated_at, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_customer ON tickets USING btree (tenant_id, customer_id, status, raised_date, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_customer_priority ON tickets USING btree (tenant_id, customer_id, status, priority_rank, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_customer_resolved_date ON tickets USING btree (tenant_id, customer_id, status, resolved_date, ticket_number) WHERE resolved_date IS NOT NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_customer_updated_at ON tickets USING btree (tenant_id, customer_id, status, updated_at, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_technician ON tickets USING btree (tenant_id, technician_id, status, raised_date, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_technician_priority ON tickets USING btree (tenant_id, technician_id, status, priority_rank, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_technician_resolved_date ON tickets USING btree (tenant_id, technician_id, status, resolved_date, ticket_number) WHERE resolved_date IS NOT NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_technician_unanswered ON tickets USING btree (tenant_id, technician_id, status, raised_date, ticket_number) WHERE technician_id IS NOT NULL AND first_response_at IS NULL AND deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_of_technician_updated_at ON tickets USING btree (tenant_id, technician_id, status, updated_at, ticket_number) WHERE deleted_at IS NULL AND merged_into_number IS NULL;
CREATE INDEX tickets_search ON tickets USING gin (tenant_id, search) WITH (gin_pending_list_limit='256');
CREATE INDEX tickets_unanswered ON tickets USING btree (tenant_id, status, raised_date, ticket_number) WHERE first_response_at IS NULL AND deleted_at IS NULL AND merged_into_number IS NULL;

create table undos (
  tenant_id integer not null,
  undo_id uuid not null,
  account_id text not null,
  ticket_number bigint not null,
  asked_number bigint not null,
  version integer not null,
  last_event_id bigint not null,
  before jsonb not null,
  comment_id uuid,
  files jsonb not null default '{}'::jsonb,
  created_at timestamp(3) with time zone not null default now(),
  until timestamp(3) with time zone not null,
  undone_at timestamp(3) with time zone,
  constraint undos_pkey PRIMARY KEY (tenant_id, undo_id)
);
CREATE INDEX undos_created ON undos USING btree (created_at) WHERE undone_at IS NULL;

create table webhook_attempts (
  tenant_id integer not null,
  webhook_number bigint not null,
  "position" bigint not null,
  try_number integer not null,
  attempted_at timestamp(3) with time zone not null,
  duration_ms integer not null,
  status integer,
  fault text,
  answer text,
  constraint webhook_attempts_pkey PRIMARY KEY (tenant_id, webhook_number, "position", try_number)
);

create table webhook_deliveries (
  tenant_id integer not null,
  webhook_number bigint not null,
  "position" bigint not null,
  epoch text not null,
  state text not null default 'waiting'::text,
  attempts integer not null default 0,
  tries integer not null default 0,
  due_at timestamp(3) with time zone not null default now(),
  settled_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null default now(),
  constraint webhook_deliveries_pkey PRIMARY KEY (tenant_id, webhook_number, "position"),
  constraint webhook_deliveries_settled_check CHECK ((settled_at IS NULL) = (state = ANY (ARRAY['waiting'::text, 'held'::text]))),
  constraint webhook_deliveries_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'held'::text, 'delivered'::text, 'failed'::text, 'skipped'::text]))
);
CREATE INDEX webhook_deliveries_by_created_at ON webhook_deliveries USING btree (created_at);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries USING btree (tenant_id, webhook_number, state, "position");
CREATE INDEX webhook_deliveries_held ON webhook_deliveries USING btree (tenant_id, webhook_number, "position") WHERE state = 'held'::text;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries USING btree (tenant_id, webhook_number, due_at, "position") WHERE state = 'waiting'::text;

create table webhooks (
  tenant_id integer not null,
  webhook_number bigint not null,
  webhook_id text not null generated always as (public_id('WHK'::text, webhook_number)) stored,
  owner_id text not null,
  url text not null,
  description text not null default ''::text,
  types text[],
  includes_internal boolean not null,
  is_ordered boolean not null,
  state text not null default 'enabled'::text,
  disabled_reason text,
  disabled_at timestamp(3) with time zone,
  secret text not null,
  secret_at timestamp(3) with time zone not null default now(),
  previous_secret text,
  previous_until timestamp(3) with time zone,
  version integer not null default 1,
  created_at timestamp(3) with time zone not null default now(),
  updated_at timestamp(3) with time zone not null default now(),
  deleted_at timestamp(3) with time zone,
  failures integer not null default 0,
  failing_since timestamp(3) with time zone,
  last_success_at timestamp(3) with time zone,
  last_failure_at timestamp(3) with time zone,
  due_at timestamp(3) with time zone,
  paused_until timestamp(3) with time zone,
  holder uuid,
  held_at timestamp(3) with time zone,
  resend_after bigint,
  resend_up_to bigint,
  beginnings integer not null default 1,
  renew_after bigint,
  constraint webhooks_pkey PRIMARY KEY (tenant_id, webhook_number),
  constraint webhooks_webhook_id_key UNIQUE (tenant_id, webhook_id),
  constraint webhooks_disabled_check CHECK ((disabled_at IS NOT NULL) = (state = 'disabled'::text) AND (disabled_reason IS NOT NULL) = (state = 'disabled'::text)),
  constraint webhooks_previous_check CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
  constraint webhooks_resend_check CHECK ((resend_after IS NULL) = (resend_up_to IS NULL)),
  constraint webhooks_state_check CHECK (state = ANY (ARRAY['enabled'::text, 'disabled'::text]))
);
CREATE INDEX webhooks_deleted ON webhooks USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX webhooks_due ON webhooks USING btree (due_at) WHERE due_at IS NOT NULL AND state = 'enabled'::text AND deleted_at IS NULL;
CREATE INDEX webhooks_held ON webhooks USING btree (tenant_id) WHERE holder IS NOT NULL;
CREATE INDEX webhooks_of_owner ON webhooks USING btree (tenant_id, owner_id, webhook_number) WHERE deleted_at IS NULL;

create unlogged table worker_processes (
  process_id uuid not null,
  worker_ids text[] not null,
  seen_at timestamp(3) with time zone not null default now(),
  constraint worker_processes_pkey PRIMARY KEY (process_id)
);

alter table accounts add constraint accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table api_tokens add constraint api_tokens_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table api_tokens add constraint api_tokens_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES accounts(tenant_id, account_id);
alter table api_tokens add constraint api_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table attachment_uploads add constraint attachment_uploads_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table attachment_uploads add constraint attachment_uploads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table attachment_uploads add constraint attachment_uploads_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table attachments add constraint attachments_author_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES accounts(tenant_id, account_id);
alter table attachments add constraint attachments_comment_fkey FOREIGN KEY (tenant_id, comment_id) REFERENCES comments(tenant_id, comment_id);
alter table attachments add constraint attachments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table attachments add constraint attachments_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table comments add constraint comments_author_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES accounts(tenant_id, account_id);
alter table comments add constraint comments_in_reply_to_fkey FOREIGN KEY (tenant_id, in_reply_to) REFERENCES comments(tenant_id, comment_id);
alter table comments add constraint comments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table comments add constraint comments_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table counters add constraint counters_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table customers add constraint customers_account_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES accounts(tenant_id, account_id);
alter table customers add constraint customers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table deleted_links add constraint deleted_links_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES accounts(tenant_id, account_id);
alter table deleted_links add constraint deleted_links_other_fkey FOREIGN KEY (tenant_id, other_number) REFERENCES tickets(tenant_id, ticket_number);
alter table deleted_links add constraint deleted_links_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table deleted_links add constraint deleted_links_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table digest_hours add constraint digest_hours_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table digest_hours add constraint digest_hours_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table digest_items add constraint digest_items_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table digest_items add constraint digest_items_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES events(tenant_id, event_id);
alter table digest_items add constraint digest_items_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table drafts add constraint drafts_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table drafts add constraint drafts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table drafts add constraint drafts_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table email_claims add constraint email_claims_email_fkey FOREIGN KEY (tenant_id, email_id) REFERENCES emails(tenant_id, email_id) ON DELETE CASCADE;
alter table email_claims add constraint email_claims_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table email_confirmations add constraint email_confirmations_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table email_confirmations add constraint email_confirmations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table emails add constraint emails_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table emails add constraint emails_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES events(tenant_id, event_id);
alter table emails add constraint emails_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table event_heads add constraint event_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table events add constraint events_actor_fkey FOREIGN KEY (tenant_id, actor_id) REFERENCES accounts(tenant_id, account_id);
alter table events add constraint events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table idempotency_keys add constraint idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table log_forks add constraint log_forks_epoch_fkey FOREIGN KEY (epoch_number) REFERENCES log_epochs(epoch_number) ON DELETE CASCADE;
alter table log_forks add constraint log_forks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table mail_templates add constraint mail_templates_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table mail_templates add constraint mail_templates_updated_by_fkey FOREIGN KEY (tenant_id, updated_by) REFERENCES accounts(tenant_id, account_id);
alter table notification_choices add constraint notification_choices_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table notification_choices add constraint notification_choices_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table notifications add constraint notifications_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table notifications add constraint notifications_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table orders add constraint orders_customer_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES accounts(tenant_id, account_id);
alter table orders add constraint orders_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table orders add constraint orders_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table orders add constraint orders_unit_fkey FOREIGN KEY (tenant_id, product_number, unit_number) REFERENCES product_units(tenant_id, product_number, unit_number);
alter table password_resets add constraint password_resets_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table password_resets add constraint password_resets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table product_units add constraint product_units_product_fkey FOREIGN KEY (tenant_id, product_number) REFERENCES products(tenant_id, product_number);
alter table product_units add constraint product_units_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table products add constraint products_owner_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES accounts(tenant_id, account_id);
alter table products add constraint products_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table recovery_codes add constraint recovery_codes_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table recovery_codes add constraint recovery_codes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table registrations add constraint registrations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table second_factors add constraint second_factors_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table second_factors add constraint second_factors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table service_accounts add constraint service_accounts_account_fkey FOREIGN KEY (tenant_id, service_id) REFERENCES accounts(tenant_id, account_id);
alter table service_accounts add constraint service_accounts_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES accounts(tenant_id, account_id);
alter table service_accounts add constraint service_accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table sessions add constraint sessions_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table sessions add constraint sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table sign_in_challenges add constraint sign_in_challenges_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table sign_in_challenges add constraint sign_in_challenges_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table sign_in_places add constraint sign_in_places_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table sign_in_places add constraint sign_in_places_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table tags add constraint tags_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table technicians add constraint technicians_account_fkey FOREIGN KEY (tenant_id, technician_id) REFERENCES accounts(tenant_id, account_id);
alter table technicians add constraint technicians_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table ticket_links add constraint ticket_links_created_by_fkey FOREIGN KEY (tenant_id, created_by) REFERENCES accounts(tenant_id, account_id);
alter table ticket_links add constraint ticket_links_other_fkey FOREIGN KEY (tenant_id, other_number) REFERENCES tickets(tenant_id, ticket_number);
alter table ticket_links add constraint ticket_links_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table ticket_links add constraint ticket_links_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table ticket_presence add constraint ticket_presence_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table ticket_watchers add constraint ticket_watchers_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table ticket_watchers add constraint ticket_watchers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table ticket_watchers add constraint ticket_watchers_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table tickets add constraint tickets_customer_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES customers(tenant_id, customer_id);
alter table tickets add constraint tickets_deleted_with_fkey FOREIGN KEY (tenant_id, deleted_with_number) REFERENCES tickets(tenant_id, ticket_number);
alter table tickets add constraint tickets_final_target_fkey FOREIGN KEY (tenant_id, final_target_number) REFERENCES tickets(tenant_id, ticket_number);
alter table tickets add constraint tickets_follow_up_fkey FOREIGN KEY (tenant_id, follow_up_of_number) REFERENCES tickets(tenant_id, ticket_number);
alter table tickets add constraint tickets_merged_into_fkey FOREIGN KEY (tenant_id, merged_into_number) REFERENCES tickets(tenant_id, ticket_number);
alter table tickets add constraint tickets_technician_fkey FOREIGN KEY (tenant_id, technician_id) REFERENCES technicians(tenant_id, technician_id);
alter table tickets add constraint tickets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table undos add constraint undos_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts(tenant_id, account_id);
alter table undos add constraint undos_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table undos add constraint undos_ticket_fkey FOREIGN KEY (tenant_id, ticket_number) REFERENCES tickets(tenant_id, ticket_number);
alter table webhook_attempts add constraint webhook_attempts_delivery_fkey FOREIGN KEY (tenant_id, webhook_number, "position") REFERENCES webhook_deliveries(tenant_id, webhook_number, "position") ON DELETE CASCADE;
alter table webhook_attempts add constraint webhook_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table webhook_deliveries add constraint webhook_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
alter table webhook_deliveries add constraint webhook_deliveries_webhook_fkey FOREIGN KEY (tenant_id, webhook_number) REFERENCES webhooks(tenant_id, webhook_number);
alter table webhooks add constraint webhooks_owner_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES accounts(tenant_id, account_id);
alter table webhooks add constraint webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id);
