import type { Json } from './openapi-schemas.ts'

const headerParameter = (name: string, description: string, required: boolean, schema: Json = {}): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string', ...schema },
})

const version =
  'The version that the change is meant for: the `ETag` of an answer, or `*` for any version. Only the version counts, the ' +
  'digits before the first dash: `"3-5f1d2c"`, `W/"3-5f1d2c"`, `"3-gzip"`, `"3"` and `3` are one version. Another form, such ' +
  'as a list, is answered with 400.'

/** Header parameters that many operations take. */
export const sharedParameters = {
  Account: headerParameter(
    'X-Account',
    'The tenant and the account that the request is meant for, such as `default/TEC0001`. It counts with the session ' +
      'cookie only: when another account has signed in in the browser meanwhile, nothing is done, and the answer is 409 ' +
      '`other_account`.',
    false,
  ),
  IdempotencyKey: headerParameter(
    'Idempotency-Key',
    'Makes a repeat safe: for 24 hours the same key, body and `If-Match` get the first answer again. The order of the ' +
      'members does not count. 1 to 255 printable ASCII characters, with or without quotes around them.',
    false,
    // Three forms: with quotes, without a quote at the start, without a quote at the end.
    { pattern: '^(?:"[!-~](?:[ -~]{0,253}[!-~])?"|[!#-~](?:[ -~]{0,253}[!-~])?|"(?:[ -~]{0,253}[!#-~])?)$' },
  ),
  IfMatch: headerParameter('If-Match', version, true),
  IfMatchOptional: headerParameter('If-Match', version, false),
  IfNoneMatch: headerParameter(
    'If-None-Match',
    'The `ETag` of an earlier answer: while the answer would be the same, it is 304 without a body. Several tags may be ' +
      'listed; `*` stands for any. Unlike `If-Match`, the whole tag counts, with or without `W/`.',
    false,
  ),
  LastEventId: headerParameter(
    'Last-Event-ID',
    'The `id` of the last event that came: the stream goes on after it. Browsers send it by themselves when they connect ' +
      'again. It comes before `after`.',
    false,
  ),
  Tenant: headerParameter(
    'X-Tenant',
    'The slug of the tenant; when left out, that of the address, else `default`.',
    false,
  ),
}

/** Headers that many answers carry. */
export const sharedHeaders = {
  ETag: {
    description:
      'The version, if the thing has one, and a hash of the body: `"3-5f1d2c"`, or `"5f1d2c"` without a version. In front ' +
      'stands `W/` when the answer is compressed. `If-Match` takes it where something has a version, `If-None-Match` ' +
      'everywhere.',
    required: true,
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description:
      'The id of the request, always a new one. Events and the log have it. An `X-Request-Id` that the caller sent stands ' +
      'beside it in the log.',
    required: true,
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: 'The answer is a repeat of the first answer to this Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  RateLimit: {
    description: 'What is left of each limit: `r` requests for the next `t` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limits: `q` requests in `w` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'How many seconds to wait.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
}
