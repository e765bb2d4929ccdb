/** One broken member of a request: a path such as `customer_id` or `items.0.name`, a sentence, a short code. */
export interface FieldError {
  field: string
  message: string
  code: string
}

/**
 * Every error the API answers with, by code. The title is the same for every occurrence of a code (RFC 9457, 3.1.3);
 * what is particular to one occurrence goes into `detail`.
 */
export const errorCodes = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  validation_failed: { status: 400, title: 'The request does not fit its schema' },
  invalid_cursor: { status: 400, title: 'The cursor is not one of ours' },

  not_signed_in: { status: 401, title: 'Sign in first' },
  invalid_token: { status: 401, title: 'The token is not valid, or not any more' },
  invalid_credentials: { status: 401, title: 'The sign-in name or the password is wrong' },
  invalid_refresh_token: { status: 401, title: 'The refresh token is not valid, or not any more' },

  forbidden: { status: 403, title: 'Your role may not do this' },
  invalid_signature: { status: 403, title: 'This address is not signed by us, or not any more' },
  cross_site_request: { status: 403, title: 'A cookie from another site is not a sign-in' },

  route_not_found: { status: 404, title: 'There is nothing at this address' },
  tenant_not_found: { status: 404, title: 'There is no such tenant' },
  customer_not_found: { status: 404, title: 'There is no such customer' },
  technician_not_found: { status: 404, title: 'There is no such technician' },
  ticket_not_found: { status: 404, title: 'There is no such ticket' },
  comment_not_found: { status: 404, title: 'There is no such comment' },
  attachment_not_found: { status: 404, title: 'There is no such attachment' },
  upload_not_found: { status: 404, title: 'There is no such upload, or not any more' },
  email_not_found: { status: 404, title: 'There is no such mail' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  request_too_slow: { status: 408, title: 'The request came too slowly' },

  email_taken: { status: 409, title: 'This e-mail address has an account already' },
  sign_in_name_taken: { status: 409, title: 'This sign-in name has an account already' },
  slug_taken: { status: 409, title: 'There is a tenant with this slug already' },
  request_in_progress: { status: 409, title: 'The first request with this Idempotency-Key is still running' },

  attachment_missing: { status: 410, title: 'The file is gone from the store' },

  stale_version: { status: 412, title: 'Somebody has changed this since you read it' },
  body_too_large: { status: 413, title: 'The body is too large' },
  not_json: { status: 415, title: 'The body must be JSON in UTF-8' },
  range_not_satisfiable: { status: 416, title: 'The file has no such range of bytes' },

  illegal_transition: { status: 422, title: 'A ticket cannot move this way' },
  ticket_closed: { status: 422, title: 'A closed ticket stays closed' },
  ticket_merged: { status: 422, title: 'The ticket is merged into another' },
  ticket_not_merged: { status: 422, title: 'The ticket is not merged' },
  ticket_has_merged: { status: 422, title: 'Other tickets are merged into this one' },
  merge_into_itself: { status: 422, title: 'A ticket cannot be merged into itself' },
  merge_circle: { status: 422, title: 'The other ticket is merged into this one' },
  merge_target_unknown: { status: 422, title: 'There is no such ticket to merge into' },
  merge_target_merged: { status: 422, title: 'The ticket to merge into is itself merged' },
  merge_across_customers: { status: 422, title: 'Tickets of different customers cannot be merged' },
  merge_too_large: { status: 422, title: 'Too many tickets would be merged into one' },
  children_open: { status: 422, title: 'A ticket does not close before its children' },
  link_to_itself: { status: 422, title: 'A ticket cannot be linked to itself' },
  link_circle: { status: 422, title: 'The link would close a circle' },
  parent_taken: { status: 422, title: 'The ticket has a parent already' },
  too_many_links: { status: 422, title: 'There are too many links' },
  too_many_tags: { status: 422, title: 'There are too many tags' },
  watcher_unavailable: { status: 422, title: 'This account cannot watch tickets' },
  too_many_watchers: { status: 422, title: 'There are too many watchers' },
  technician_required: { status: 422, title: 'This needs a technician' },
  resolution_summary_required: { status: 422, title: 'Resolving needs a summary of the resolution' },
  technician_unavailable: { status: 422, title: 'This technician cannot take tickets' },
  customer_unavailable: { status: 422, title: 'No ticket can be raised for this customer' },
  follow_up_unavailable: { status: 422, title: 'No ticket can go on from this one' },
  comment_too_old: { status: 422, title: 'This comment cannot be changed any more' },
  file_type_not_allowed: { status: 422, title: 'Files of this type are not taken' },
  file_too_large: { status: 422, title: 'The file is too large' },
  too_many_uploads: { status: 422, title: 'Too many uploads have not been registered yet' },
  too_many_attachments: { status: 422, title: 'The ticket has too many attachments' },
  upload_missing: { status: 422, title: 'The file has not been uploaded' },
  upload_mismatch: { status: 422, title: 'The file is not what was announced' },
  attachment_unavailable: { status: 422, title: 'These attachments cannot be used here' },
  attachment_too_old: { status: 422, title: 'This attachment cannot be deleted any more' },
  invalid_reset_token: { status: 422, title: 'The link is not valid, or not any more' },
  wrong_password: { status: 422, title: 'The current password is wrong' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key belongs to another request' },

  version_required: { status: 428, title: 'Say with If-Match which version you change' },
  rate_limited: { status: 429, title: 'Too many requests' },
  header_too_large: { status: 431, title: 'The header is too large' },

  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  storage_unavailable: { status: 503, title: 'The store of files is not available at the moment' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

/** What an error says beyond its code. `extra` members stand beside the standard ones in the answer. */
export interface ErrorOptions {
  detail?: string
  errors?: FieldError[]
  extra?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** An error that is an answer. Services throw it by code; only the error handler knows HTTP statuses. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly options: ErrorOptions

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.detail ?? errorCodes[code].title, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.options = options
  }
}
