-- Up Migration

-- No default and no rewrite. The checks are looser than before, or about new columns, so a program of the version before
-- may go on writing. The next migration validates them.
alter table tickets
  -- Why the ticket was closed, in the words of the person who closed it.
  add column close_reason text,
  drop constraint tickets_resolved_check,
  drop constraint tickets_summary_check,
  -- A ticket may be closed without being resolved.
  add constraint tickets_resolved_check check (
    case status when 'resolved' then resolved_date is not null when 'closed' then true else resolved_date is null end
  ) not valid,
  -- A ticket that was closed without being resolved has no summary.
  add constraint tickets_summary_check check (
    case status
      when 'resolved' then resolution_summary is not null
      when 'closed' then (resolved_date is null) = (resolution_summary is null)
      else true
    end
  ) not valid,
  add constraint tickets_close_reason_check check (close_reason is null or status = 'closed') not valid;

-- Down Migration

-- A ticket that was closed without being resolved gets a summary and a date, which the earlier checks ask for.
update tickets set resolved_date = closed_date,
  resolution_summary = coalesce(close_reason, 'Closed without being resolved.')
where status = 'closed' and resolved_date is null;
alter table tickets
  drop constraint tickets_resolved_check,
  drop constraint tickets_summary_check,
  drop column close_reason,
  add constraint tickets_resolved_check check ((resolved_date is not null) = (status in ('resolved', 'closed'))),
  add constraint tickets_summary_check check (resolved_date is null or resolution_summary is not null);
