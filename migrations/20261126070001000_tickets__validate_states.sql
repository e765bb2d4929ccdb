-- Up Migration

-- Reads the table once, and writes nothing: the rows of before pass, because the checks of before were stricter, and
-- because no ticket was deleted with another.
alter table tickets
  validate constraint tickets_deleted_with_fkey,
  validate constraint tickets_resolved_check,
  validate constraint tickets_summary_check,
  validate constraint tickets_close_reason_check;

-- Down Migration

alter table tickets
  drop constraint tickets_deleted_with_fkey,
  drop constraint tickets_resolved_check,
  drop constraint tickets_summary_check,
  drop constraint tickets_close_reason_check,
  add constraint tickets_deleted_with_fkey foreign key (tenant_id, deleted_with_number)
    references tickets (tenant_id, ticket_number) not valid,
  add constraint tickets_resolved_check check (
    case status when 'resolved' then resolved_date is not null when 'closed' then true else resolved_date is null end
  ) not valid,
  add constraint tickets_summary_check check (
    case status
      when 'resolved' then resolution_summary is not null
      when 'closed' then (resolved_date is null) = (resolution_summary is null)
      else true
    end
  ) not valid,
  add constraint tickets_close_reason_check check (close_reason is null or status = 'closed') not valid;
