-- Up Migration

-- How the customer reached the desk, when the staff created the ticket and said so. Adding a column locks out readers and
-- writers of tickets until all migrations are done, so this comes late.
alter table tickets add column source text;
alter table tickets add constraint tickets_source_check
  check (source in ('phone', 'email', 'chat', 'in_person')) not valid;

-- Down Migration

alter table tickets drop column source;
