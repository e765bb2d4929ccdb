-- Up Migration

-- How the customer reached the desk, when the staff created the ticket and said so. Adding a column locks out readers and
-- writers of tickets until all migrations are done, so this comes late. The check reads tickets once, and writes nothing.
alter table tickets
  add column source text,
  add constraint tickets_source_check check (source in ('phone', 'email', 'chat', 'in_person'));

-- Down Migration

alter table tickets drop column source;
