-- Up Migration

-- Reads the table once, and writes nothing.
alter table tickets validate constraint tickets_source_check;

-- Down Migration

alter table tickets drop constraint tickets_source_check;
alter table tickets add constraint tickets_source_check
  check (source in ('phone', 'email', 'chat', 'in_person')) not valid;
