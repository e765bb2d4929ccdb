-- Up Migration

-- Until when a request may be sending the file. One request at a time may, in whichever process it arrives.
alter table attachment_uploads add column receiving_until timestamptz(3);

-- Down Migration

alter table attachment_uploads drop column receiving_until;
